"""Rating modules of others, written for CloudKitty's plug-in contract, in a process of their own."""
