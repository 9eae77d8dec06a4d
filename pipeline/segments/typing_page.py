"""The scorecard on one sheet of paper: tick the answers, add up the columns, the highest sum is the segment."""

from html import escape

from pipeline.segments.typing_fields import Field
from pipeline.segments.typing_tool import DOUBLING, Tool

ASKED = ("demographic", "attitudinal")
_STYLE = """
@page { size: A4; margin: 11mm; }
body { font: 10px/1.3 system-ui, sans-serif; color: #16191c; max-width: 190mm; margin: 8mm auto; }
h1 { font-size: 17px; margin: 0 0 4px; } p { margin: 4px 0; }
table { border-collapse: collapse; width: 100%; } caption { text-align: left; font-weight: 600; padding: 3px 0; }
th, td { border-bottom: 1px solid #d9dcdc; padding: 1px 6px; text-align: left; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; width: 13mm; }
tr.field th { padding-top: 5px; border-bottom: 1px solid #565d64; } td.tick { width: 5mm; }
tr.sum th, tr.sum td { border-top: 2px solid #16191c; padding: 5px 6px; } small { color: #565d64; font-weight: 400; }
"""


def page(tool: Tool) -> str:
    """A self-contained HTML page that prints on one sheet."""
    heads = "".join(f'<th class="n" scope="col">Segment {k}</th>' for k in range(tool.segments))
    base = "".join(f'<td class="n">{points}</td>' for points in tool.base)
    empty = '<td class="n">&nbsp;</td>' * tool.segments
    rows = "".join(_rows(number, field, tool.segments) for number, field in enumerate(tool.fields, 1))
    m = tool.measures
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Typing tool</title><style>{_STYLE}</style></head><body>
<h1>Which segment is this customer in?</h1>
<p>Take the row of each answer that is known and add up each column, starting from the first row. Leave out what is not
known. The segment with the most points is the customer's; a lead of less than {m["lead"]} over the next one means:
none of these clearly enough.</p>
<table><thead><tr><td></td><th scope="col">Answer</th>{heads}</tr></thead><tbody>
<tr><td></td><th scope="row">Everybody starts with</th>{base}</tr>
{rows}
<tr class="sum"><td></td><th scope="row">Sum</th>{empty}</tr></tbody></table>
<p><small>On customers it had not seen, {m["customers"]:,} in all, the tool found the segment of {m["accuracy"]:.0%}
({m["balanced_accuracy"]:.0%} on average over the segments; always naming the largest segment finds
{m["largest_segment_share"]:.0%}). {DOUBLING} points more double the odds of a segment. Answers marked “look up” come
from records, the others can be asked.</small></p>
</body></html>
"""


def _rows(number: int, field: Field, segments: int) -> str:
    where = "" if field.block in ASKED else " <small>(look up)</small>"
    title = f"{number}. {escape(field.label)}{where}"
    head = f'<tr class="field"><td></td><th scope="rowgroup" colspan="{segments + 1}">{title}</th></tr>'
    lines = [
        f'<tr><td class="tick">☐</td><td>{escape(one.label)}</td>'
        + "".join(f'<td class="n">{points}</td>' for points in one.points)
        + "</tr>"
        for one in field.bins
    ]
    return head + "".join(lines)
