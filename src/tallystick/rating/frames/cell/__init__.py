"""What runs in the process of the scripts: the standard library only, as nothing else can be reached there."""
