"""What someone's own project brings along: another PostgreSQL server, and scripts that fill the account."""
