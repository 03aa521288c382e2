"""CloudKitty's storage drivers, read: rated points of one UTC day after another, as CloudKitty stored them."""
