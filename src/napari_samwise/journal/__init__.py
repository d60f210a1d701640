"""The record of a session: one event a line, and its replay."""
