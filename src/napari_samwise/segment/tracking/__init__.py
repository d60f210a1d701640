"""Objects in time: carried from frame to frame, or linked where every frame is labelled.

``track.py`` carries (``starts``, ``motion``, ``candidates``, ``contest``, ``divisions``,
``newcomers``); ``linking.py`` links (``drift``, ``assignment``). Frames are seen through ``view``
and written through ``owners``. Both give a :class:`~.tracks.Tracks`.
"""
