"""Word lists for names, places and machines. All people and companies made of them are fictitious."""


def _words(text: str) -> list[str]:
    return text.split()


FIRST_NAMES = _words(
    """
    Ada Alma Amir Anja Arne Aylin Ben Bo Carla Casper Celia Daan Dora Edda Elif Emil Enzo Eva Fenja Finn
    Flora Frida Gita Greta Hanna Henk Ida Ilse Imre Ines Ivo Jana Jasper Jelle Joris Juno Kaja Karim Kira
    Lars Lea Leif Lina Lotte Luca Maik Maja Malou Marit Mats Mila Mira Nadia Nele Nils Noor Olga Oskar Otto
    Paula Pia Piet Rafael Rena Rosa Ruben Sanne Selma Sina Sven Tara Theo Tilda Timo Tove Ulf Uta Vera Wim
    Yara Yusuf Zoe Zora Renée Jürgen Søren
    """
)
LAST_NAMES = [
    *_words(
        """
        Abendroth Achterberg Alder Appelgren Baumgart Beckwith Birkholz Bleeker Brandvik Calloway Castell Dahlke
        Dekkers Drexler Eastmere Ebbing Eichner Falkner Fenwick Fossum Gerber Glenmoor Grauwald Haberland Hartog
        Hollis Ibsen Iversen Jansma Jessop Kastner Kettering Kolbe Lagerman Lindqvist Lowther Maarten Marlow
        Nachtigal Nordby Oakes Oltmann Overbeck Paschke Pellworm Quist Rademaker Ravenhill Rosenau Sandvoort
        Seidler Silverton Tannert Thornley Uhland Veldkamp Vossberg Wagenaar Westbrook Winterhoff Ysker Zeller
        Zimmerling O'Hara van-Dijk
        """
    ),
    "de Groot",
    "von Ahlen",
    "Schäfer-Lund",
]
EMAIL_DOMAINS = ("example.com", "example.org", "example.net")

ZONE_OF_COUNTRY = {
    "Germany": "Europe/Berlin",
    "Austria": "Europe/Vienna",
    "Netherlands": "Europe/Amsterdam",
    "United Kingdom": "Europe/London",
    "Finland": "Europe/Helsinki",
}
COUNTRY_SHARES = (0.58, 0.12, 0.12, 0.13, 0.05)
CITIES = {
    "Germany": ("Berlin", "Hamburg", "Leipzig", "Köln", "Freiburg"),
    "Austria": ("Wien", "Graz", "Linz"),
    "Netherlands": ("Utrecht", "Rotterdam", "'s-Hertogenbosch"),
    "United Kingdom": ("London", "Leeds", "Bristol"),
    "Finland": ("Helsinki", "Tampere"),
}
LOCALES = {
    "Germany": "de-DE",
    "Austria": "de-AT",
    "Netherlands": "nl-NL",
    "United Kingdom": "en-GB",
    "Finland": "fi-FI",
}
JOB_TITLES = (
    ("Software developer", "Teacher", "Engineer, mechanical", "Designer", "Nurse"),
    ("Office manager", "Head of Facilities", "Assistant, Executive Board", "Procurement", 'Team "Happiness" lead'),
    ("Nurse", "Accountant", "Teacher", "Project manager", "Carpenter"),
    ("Student", "Intern", "Working student", "Barista", "Research assistant"),
    ("Retired", "Consultant", "Florist", "Lawyer", "Librarian"),
)
COMPANIES = (
    "Birch & Beam",
    "Lantern Works",
    "Tidewater, Partners",
    "Quillfeather Studio",
    'Northlight "Labs"',
    "Marrow & Sons",
)
BREWING = ("Espresso", "Filter", "French press", "Moka pot", "Cold brew", "Capsules")
PRODUCTS = ("beans", "grinder", "kettle", "filter papers", "press", "gift set", "descaler", "mugs")

BROWSERS = {
    "Windows": (("Chrome", 0.55), ("Edge", 0.3), ("Firefox", 0.15)),
    "macOS": (("Safari", 0.6), ("Chrome", 0.4)),
    "Linux": (("Firefox", 0.65), ("Chrome", 0.35)),
    "iOS": (("Safari", 0.85), ("Chrome", 0.15)),
    "iPadOS": (("Safari", 1.0),),
    "Android": (("Chrome", 0.8), ("Firefox", 0.2)),
}
_PLATFORMS = {
    "Windows": "Windows NT 10.0; Win64; x64",
    "macOS": "Macintosh; Intel Mac OS X 10_15_7",
    "Linux": "X11; Linux x86_64",
    "iOS": "iPhone; CPU iPhone OS 17_4 like Mac OS X",
    "iPadOS": "iPad; CPU OS 17_4 like Mac OS X",
}
_ENGINES = {
    "Chrome": "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0{mobile} Safari/537.36",
    "Edge": "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0{mobile} Safari/537.36 Edg/124.0.0.0",
    "Firefox": "Gecko/20100101 Firefox/125.0",
    "Safari": "AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4{mobile} Safari/605.1.15",
}
BOT_AGENT = "Mozilla/5.0 (compatible; KettleCrawler/2.1; +https://crawler.example.com/about)"
CAMPAIGNS = {
    "direct": "(none)",
    "search": "search-engine",
    "email": "newsletter",
    "social": "photo-app",
    "referral": "partner-blog",
    "paid": "ad-network",
}
"""Channel (the campaign's medium) -> the campaign's source."""


def user_agent(device: str, system: str, browser: str) -> str:
    """A browser's header line for a device type, operating system and browser.

    >>> user_agent("mobile", "Android", "Firefox")
    'Mozilla/5.0 (Android 14; Mobile) Gecko/20100101 Firefox/125.0'
    """
    platform = _PLATFORMS.get(system)
    if platform is None:
        kind = "Mobile" if device == "mobile" else "Tablet"
        platform = f"Android 14; {kind}" if browser == "Firefox" else "Linux; Android 14; Pixel 7"
    chrome = " Mobile" if device == "mobile" else ""
    safari = " Mobile/15E148" if system in ("iOS", "iPadOS") else ""
    mobile = safari if browser == "Safari" else chrome
    return f"Mozilla/5.0 ({platform}) {_ENGINES[browser].format(mobile=mobile)}"
