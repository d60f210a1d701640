"""Small helpers for a narrow panel: rows, texts that wrap, lists that shrink."""

from __future__ import annotations

from functools import partial

from magicgui.widgets import ComboBox, Container, Label
from magicgui.widgets.bases import Widget
from qtpy.QtWidgets import QComboBox, QSizePolicy
from superqt import QCollapsible

NO_MARGINS = (0, 0, 0, 0)
# Widths of a label and of what it names.
_LABEL_SHARE, _FIELD_SHARE = 2, 7
# Of napari's style, above and below together.
_LABEL_PADDING_PX = 8


def row(*widgets: Widget) -> Container[Widget]:
    """Put widgets side by side."""
    container = Container(widgets=widgets, layout="horizontal", labels=False)
    container.margins = NO_MARGINS
    return container


def column(*widgets: Widget) -> Container[Widget]:
    """Put widgets one below the other."""
    container = Container(widgets=widgets, labels=False)
    container.margins = NO_MARGINS
    return container


def form(*widgets: Widget) -> Container[Widget]:
    """Put widgets one below the other, each behind its label, and aligned."""
    container = Container(widgets=widgets)
    container.margins = NO_MARGINS
    # magicgui fixes the labels' widths before napari's style enlarges their font.
    lines = container.native.layout()
    for index in range(lines.count()):
        line = lines.itemAt(index).widget().layout()
        line.itemAt(0).widget().setSizePolicy(
            QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred
        )
        line.setStretch(0, _LABEL_SHARE)
        line.setStretch(1, _FIELD_SHARE)
    return container


def text(value: str = "") -> Label:
    """Make a text that wraps and asks for no width of its own."""
    label = Label(value=value)
    label.native.setWordWrap(True)
    label.native.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
    return label


def set_text(label: Label, value: str) -> None:
    """Show a text; an empty one takes no room."""
    label.value = value
    label.visible = bool(value)


def reserve_lines(widget: Widget, count: int) -> None:
    """Give a widget room for so many lines of text, whether it has them or not."""
    line = widget.native.fontMetrics().lineSpacing()
    widget.native.setMinimumHeight(count * line + _LABEL_PADDING_PX)


def shrink(box: ComboBox) -> ComboBox:
    """Let a list be narrower than its longest entry."""
    policy = QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
    box.native.setSizeAdjustPolicy(policy)
    box.native.setMinimumContentsLength(6)
    return box


def fold(title: str, content: Container[Widget]) -> QCollapsible:
    """Put a part of the panel under a title that opens and closes it; closed at first."""
    collapsible = QCollapsible(title, expandedIcon="▾", collapsedIcon="▸")
    collapsible.layout().setContentsMargins(*NO_MARGINS)
    collapsible.content().layout().setContentsMargins(*NO_MARGINS)
    collapsible.addWidget(content.native)
    collapsible.collapse(animate=False)
    _ask_for_width(collapsible, False)
    collapsible.toggled.connect(partial(_ask_for_width, collapsible))
    return collapsible


def _ask_for_width(collapsible: QCollapsible, is_open: bool) -> None:
    """Ask for the width of what is inside only while it is open."""
    across = QSizePolicy.Policy.Preferred if is_open else QSizePolicy.Policy.Ignored
    collapsible.content().setSizePolicy(across, QSizePolicy.Policy.Preferred)
