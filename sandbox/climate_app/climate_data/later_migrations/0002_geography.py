from importlib import import_module

Migration = import_module('climate_data.migrations.0002_geography').Migration
