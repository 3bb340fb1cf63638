"""An AWS account on this machine: moto's API, plus the data planes moto lacks."""
