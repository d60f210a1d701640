"""Work on more than a click: everything on a plane, objects through slices, objects in time."""
