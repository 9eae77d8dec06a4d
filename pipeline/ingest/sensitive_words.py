"""Words by which column names speak of special categories and of direct identifiers, in the main European languages.

Written as `privacy.words_of` gives them: lower case, without accents. English, German, French, Spanish, Italian,
Portuguese, Dutch, Polish, Swedish and Danish.
"""

_SPECIAL = """
health illness disease diagnosis diagnoses medical medication disability disabled pregnant pregnancy faith church
race racial political politics genetic hiv criminal vaccination allergy allergies
gesundheit krankheit erkrankung diagnose diagnosen medikament medikamente behinderung schwerbehinderung schwanger
schwangerschaft konfession glaube glaubensbekenntnis kirche kirchensteuer weltanschauung rasse hautfarbe partei
parteizugehorigkeit vorstrafe vorstrafen strafregister impfung impfstatus pflegegrad pflegestufe
sante maladie maladies handicap handicape invalidite grossesse enceinte croyance croyances syndicat
syndique
salud enfermedad enfermedades discapacidad invalidez embarazo embarazada creencia creencias sindicato raza
salute malattia malattie disabilita invalidita gravidanza incinta sindacato razza
saude doenca doencas deficiencia gravidez gravida crenca raca
gezondheid ziekte ziektes handicaps zwanger zwangerschap geloof geloofsovertuiging kerk vakbond strafblad
zdrowie choroba choroby niepelnosprawnosc ciaza wyznanie rasa
halsa sjukdom funktionsnedsattning gravid tro fackforbund facket
helbred sygdom fagforening
"""
SPECIAL = frozenset(_SPECIAL.split())
"""Whole words."""
SPECIAL_STEMS = (
    "relig", "ethni", "etni", "biometr", "genetisch", "genetique", "genetic", "genetyczn", "sexual", "sexuel",
    "seksu", "sessual", "homosex", "heterosex", "bisex", "transgender", "gesundheits", "krankheits", "krankengeschicht",
    "behinderten", "gewerkschaft", "politisch", "politisk", "politieke", "polityczn", "parteimitglied", "vakbonds",
    "syndical", "sindical", "sindacal",
)  # fmt: skip
"""Beginnings of words."""
SPECIAL_PAIRS = (
    "trade union", "labour union", "labor union", "union membership", "union member", "party membership",
    "skin colour", "skin color", "sex life", "criminal record",
    "opinion politique", "opinions politiques", "orientation politique", "affiliation politique", "parti politique",
    "casier judiciaire", "etat de sante", "vie sexuelle", "couleur de peau",
    "opinion politica", "opiniones politicas", "ideologia politica", "afiliacion politica", "partido politico",
    "antecedentes penales", "color de piel", "orientamento politico", "opinione politica", "opinioni politiche",
    "partito politico", "precedenti penali", "casellario giudiziale", "opiniao politica", "filiacao partidaria",
    "antecedentes criminais", "zwiazek zawodowy", "poglady polityczne", "partia polityczna",
)  # fmt: skip
"""Words that follow one another."""

_FIRST_NAMES = """
first name/firstname/given name/forename/recipient first name/vorname/vornamen/rufname/prenom/prenoms/
nombre de pila/nome proprio/voornaam/voornamen/imie/fornamn/fornavn
"""
FIRST_NAMES = frozenset(_FIRST_NAMES.replace("\n", "").split("/"))
_LAST_NAMES = """
last name/lastname/surname/family name/recipient last name/nachname/familienname/zuname/nom/nom de famille/
apellido/apellidos/primer apellido/segundo apellido/cognome/sobrenome/apelido/achternaam/nazwisko/efternamn/
efternavn
"""
LAST_NAMES = frozenset(_LAST_NAMES.replace("\n", "").split("/"))
_FULL_NAMES = """
name/full name/fullname/vollstandiger name/vor und nachname/nom complet/nom et prenom/prenom et nom/
nombre completo/nombre y apellidos/nome/nome completo/nome e cognome/cognome e nome/naam/volledige naam/
imie i nazwisko/namn/navn
"""
FULL_NAMES = frozenset(_FULL_NAMES.replace("\n", "").split("/"))
_DIRECT = """
email/e mail/mail address/email address/e mail address/recipient email/phone/phone number/mobile/mobile phone/
mobile phone number/telephone/telephone number/street/street address/postal address/mailing street/home address/
ip/ip address/ssn/social security number/passport/passport number/iban/card number/credit card number/
mail adresse/e mail adresse/mailadresse/emailadresse/telefon/telefonnummer/handy/handynummer/mobiltelefon/
mobilnummer/rufnummer/strasse/strasse und hausnummer/anschrift/postanschrift/adresse/ip adresse/kontonummer/
personalausweisnummer/sozialversicherungsnummer/steuer id/
adresse e mail/adresse email/adresse mail/courriel/adresse electronique/numero de telephone/
telephone portable/tel/rue/adresse postale/adresse ip/numero de securite sociale/
correo/correo electronico/telefono/numero de telefono/movil/telefono movil/celular/direccion/direccion postal/
calle/direccion ip/dni/
indirizzo email/indirizzo e mail/posta elettronica/cellulare/numero di telefono/indirizzo/indirizzo ip/
codice fiscale/
correio eletronico/telefone/numero de telefone/telemovel/endereco/morada/endereco ip/cpf/nif/
e mailadres/emailadres/telefoon/telefoonnummer/mobiel/mobiel nummer/straat/adres/ip adres/bsn/
adres e mail/numer telefonu/ulica/pesel/
e postadress/epost/telefonnr/mobilnr/gatuadress/adress/personnummer/cpr/cpr nummer
"""
DIRECT = frozenset(_DIRECT.replace("\n", "").split("/"))
"""Columns whose whole name is one of these identify a person, besides those of names."""
