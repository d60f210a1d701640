"""The parts of the dock widget: each shows a status and emits what the user asks for."""
