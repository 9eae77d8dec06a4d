"""What the five lives want, fear and say: the survey's questions and each persona's answers to them.

As in `lives`, tables have one column per persona.
"""

from dataclasses import dataclass

AGREEMENT = ("Strongly disagree", "Disagree", "Neither agree nor disagree", "Agree", "Strongly agree")


@dataclass(frozen=True)
class Scale:
    """A Likert battery: its stem, items (text, reversed?) and the mean attitude of each persona on a z-like scale."""

    name: str
    stem: str
    items: tuple[tuple[str, bool], ...]
    means: tuple[float, ...]


@dataclass(frozen=True)
class Choices:
    """A question whose options each persona ticks with the given chances."""

    name: str
    text: str
    options: dict[str, tuple[float, ...]]


SCALES = (
    Scale(
        "craft",
        "How far do you agree?<br>Thinking of <b>brewing</b>",
        (
            ("I enjoy the craft of brewing", False),
            ("I like to read about beans, grinders and methods", False),
            ("Any coffee will do for me", True),
            ("Trying a new method is fun", False),
        ),
        (1.25, -0.65, -0.55, 0.0, -0.35),
    ),
    Scale(
        "price",
        "How far do you agree?<br>Thinking of <b>price</b>",
        (
            ("Price decides what I buy", False),
            ("I compare prices before I buy", False),
            ("I wait for a deal or a coupon", False),
        ),
        (-0.25, -0.35, 0.2, 1.45, -0.05),
    ),
    Scale(
        "quick",
        "How far do you agree?\nThinking of <b>your day</b>",
        (
            ("Coffee has to be quick", False),
            ("I want deliveries to come without thinking about them", False),
            ("I have plenty of time in the morning", True),
            ("Shopping should take minutes", False),
        ),
        (-0.75, 0.5, 1.35, -0.15, -0.2),
    ),
)

NEEDS = Choices(
    "needs",
    "What do you need most from a coffee shop? <i>Tick all that apply.</i>",
    {
        "Learning to brew better": (0.72, 0.10, 0.12, 0.26, 0.18),
        "Fresh beans, always in stock": (0.62, 0.55, 0.55, 0.25, 0.25),
        "Reliable deliveries": (0.25, 0.66, 0.66, 0.18, 0.42),
        "Ordering in bulk": (0.08, 0.70, 0.16, 0.12, 0.06),
        "Saving money": (0.16, 0.30, 0.34, 0.80, 0.18),
        "Finding a gift": (0.10, 0.08, 0.14, 0.12, 0.76),
    },
)
PAINS = Choices(
    "pains",
    "What has annoyed you in the last months?\nTick all that apply.",
    {
        "Too little information on products": (0.52, 0.12, 0.10, 0.15, 0.28),
        "Slow or late delivery": (0.20, 0.48, 0.52, 0.16, 0.42),
        "Invoices are hard to get": (0.04, 0.52, 0.03, 0.02, 0.03),
        "Too many steps to order": (0.14, 0.34, 0.58, 0.20, 0.26),
        "Shipping costs, even for small orders": (0.22, 0.14, 0.30, 0.66, 0.28),
        "Too much choice": (0.08, 0.16, 0.26, 0.14, 0.52),
    },
)
CHANNELS_USED = Choices(
    "channels_used",
    "Where do you hear about coffee gear?",
    {
        "Search engine": (0.45, 0.32, 0.34, 0.30, 0.74),
        "Newsletter": (0.30, 0.62, 0.44, 0.12, 0.18),
        "Social media": (0.18, 0.08, 0.34, 0.80, 0.22),
        "Forums and blogs": (0.66, 0.08, 0.08, 0.20, 0.08),
        "Friends or colleagues": (0.30, 0.40, 0.32, 0.38, 0.34),
    },
)
DECIDING = Choices(
    "deciding_factor",
    "What decides, in the end, where you buy?",
    {
        "Quality of the product": (0.58, 0.22, 0.16, 0.10, 0.26),
        "Price": (0.10, 0.18, 0.16, 0.64, 0.12),
        "Speed of delivery": (0.08, 0.22, 0.34, 0.10, 0.22),
        "Ease of ordering": (0.08, 0.30, 0.30, 0.08, 0.18),
        "Advice": (0.16, 0.08, 0.04, 0.08, 0.22),
    },
)
NPS = (8.6, 7.9, 7.2, 6.6, 7.6)
"""Mean answer to the recommendation question, 0 to 10."""
CSAT = (4.3, 4.0, 3.5, 3.4, 3.9)
"""Mean satisfaction, 1 to 5."""

WISHES = (
    (
        "More brewing guides, and roast dates on every bag.",
        'A side-by-side comparison of grinders, with "real" measurements.',
        "I would love tasting notes from the forum next to each bean.",
        "Longer guides on water, grind size and temperature.",
    ),
    (
        "One monthly invoice for the whole office, please.",
        "A standing order for 5 kg that I can pause, change, or move.",
        "Let me reorder last month's order from the e-mail itself.",
        "Delivery before nine o'clock, to the reception.",
    ),
    (
        "Ordering with one hand while I hold the baby.",
        "A reminder before we run out, then one tap.",
        "Fewer steps at the checkout; I only have two minutes.",
        "Deliveries that simply come, every second week.",
    ),
    (
        "Free shipping for small orders!",
        "A student discount, or more coupons.",
        "Tell me when the price drops.",
        "Cheaper starter sets, I share a kitchen with four people.",
    ),
    (
        "Gift wrapping, and a card that I can write myself.",
        "Help me choose: I know nothing about coffee, he knows everything.",
        "A delivery date that I can trust before a birthday.",
        "Gift sets by price, please.",
    ),
)
ANYTHING_ELSE = (
    "No",
    "no, thank you",
    "Keep going, I like the shop.",
    "-",
    "All good",
    "n/a",
    "The new site is slow, sometimes.",
)
