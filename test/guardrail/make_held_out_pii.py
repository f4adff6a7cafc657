#!/usr/bin/python3
"""Prints test/conformance/held_out/pii.jsonl: personal data in the sentences and forms of published corpora (synthetic
sentences, masking sets in five languages), and what only looks like it. Values are
drawn and carry right check digits; the same seed gives the same file."""

import json
import random
import re

rnd = random.Random(71155)


def d(n):
    return "".join(rnd.choice("0123456789") for _ in range(n))


def d1(n):
    return rnd.choice("123456789") + d(n - 1)


def form(shape):
    return "".join(rnd.choice("0123456789") if c == "#" else rnd.choice("23456789") if c == "%" else c for c in shape)


def luhn(head, length):
    body = head + d(length - len(head) - 1)
    total = 0
    for i, c in enumerate(reversed(body)):
        x = int(c) * (2 if i % 2 == 0 else 1)
        total += x - 9 if x > 9 else x
    return body + str(-total % 10)


def pick(*options):
    return lambda: (lambda o: o() if callable(o) else o)(rnd.choice(options))


def phones(*shapes):
    return lambda: form(rnd.choice(shapes))


us_phone = phones("(%##) %##-####", "%##-%##-####", "%##.%##.####", "+1-%##-%##-####", "001-%##-%##-####",
                  "(%##)%##-####x###", "%##-%##-####x#####", "+1-%##-%##-####x####", "+1 (%##) %##-####",
                  "1-%##-%##-####")
us_phone_plain = phones("%##%######", "+1%##%######")
uk_phone = phones("020 7### ####", "07### ######", "+44 7### ######", "+44(0)20 7### ####", "+44 (0)113 4960###",
                  "0161 496 0###", "01632 960###")
de_phone = phones("0171 #######", "030 12## ####", "+49 30 %######", "+49 (0) 89 %#######", "0049 151 %#######",
                  "0821/%#####", "+49-171-%######", "(030) %#######")
fr_phone = phones("06 %# ## ## ##", "+33 6 %# ## ## ##", "01.4%.##.##.##", "+33 (0)1 4% ## ## ##", "0033 6 %# ## ## ##",
                  "04%#######")
it_phone = phones("+39 3%# ### ####", "06 %### ####", "+39 02 %#######", "0039 3%# #######", "02-%#######")
it_phone_said = phones("3%# ### ####", "3%########", "3%#-#######")
es_phone = phones("+34 6## ### ###", "+34 91 ### ## ##", "0034 6## ## ## ##", "+346########")
es_phone_said = phones("6## ### ###", "91 ### ## ##", "6########", "6## ## ## ##")
other_phone = phones("+91 9#### #####", "+91-98########", "+55 11 9####-####", "+61 4## ### ###", "+81-90-####-####",
                     "+41 79 ### ## ##", "+31 6 ########", "+353 87 ### ####", "+48 6## ### ###", "+971 50 ### ####",
                     "+234 803 ### ####", "+7 9## ###-##-##", "+46 70 ### ## ##", "+45 2# ## ## ##", "+886 9## ### ###",
                     "+852 9### ####")
fmt16 = lambda n, s: s.join(n[i:i + 4] for i in range(0, len(n), 4))


def card():
    n = luhn(rnd.choice(["4", "51", "52", "55", "2221", "2720", "6011", "65"]), 16)
    return rnd.choice([n, fmt16(n, " "), fmt16(n, "-")])


def card_old():
    kind = rnd.choice([("34", 15), ("37", 15), ("36", 14), ("38", 14), ("3528", 16), ("4", 19)])
    n = luhn(*kind)
    if kind[1] == 15 and rnd.random() < .5:
        return f"{n[:4]} {n[4:10]} {n[10:]}"
    return n


def iban(country, bban):
    digits = "".join(str(int(c, 36)) for c in bban + country + "00")
    return f"{country}{98 - int(digits) % 97:02d}{bban}"


def any_iban():
    A = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    letters = "".join(rnd.choice(A) for _ in range(4))
    country, bban = rnd.choice([("GB", letters + d(14)), ("DE", d(18)), ("FR", d(23)), ("ES", d(20)),
                                ("IT", rnd.choice(A) + d(22)), ("NL", letters + d(10)), ("CH", d(17)), ("AT", d(16)),
                                ("BE", d(12)), ("PL", d(24)), ("IE", letters + d(14)), ("SE", d(20))])
    n = iban(country, bban)
    return rnd.choice([n, fmt16(n, " ")])


def ssn():
    area = rnd.choice([rnd.randint(1, 665), rnd.randint(667, 899)])
    return f"{area:03d}-{rnd.randint(1, 99):02d}-{rnd.randint(1, 9999):04d}"


ssn_spaced = lambda: ssn().replace("-", " ")
ssn_plain = lambda: ssn().replace("-", "")
ip4 = lambda: f"{rnd.randint(11, 223)}.{rnd.randint(0, 255)}.{rnd.randint(0, 255)}.{rnd.randint(1, 254)}"
ip6 = lambda: ":".join(f"{rnd.randint(4096, 65535):x}" for _ in range(8))
ip6_short = lambda: f"2001:db8:{rnd.randint(1, 4095):x}::{rnd.randint(1, 255):x}"
mac = lambda: rnd.choice([":", "-"]).join(f"{rnd.randint(0, 255):02x}" for _ in range(6))
FIRST = "john maria lukas chloe giulia pablo wei fatima anna.k j.doe sven_b hugo+news".split()
HOST = ("example.com hotmail.fr gmail.com web.de libero.it yahoo.es company.co.uk armyspy.com mail.uni-bonn.de "
        "rhyta.com jourrapide.com sub.domain.org").split()
email_name = lambda: rnd.choice(FIRST) + rnd.choice(['', d(2), '.' + rnd.choice(['meyer', 'rossi', 'smith'])])
email = lambda: email_name() + "@" + rnd.choice(HOST)
email_upper = lambda: email().title()


def nif():
    n = d(8)
    return n + "TRWAGMYFPDXBNJZSQVHLCKE"[int(n) % 23]


def nie():
    h = rnd.choice("XYZ")
    n = d(7)
    return f"{h}{n}" + "TRWAGMYFPDXBNJZSQVHLCKE"[int(str("XYZ".index(h)) + n) % 23]


def codice():
    A = "BCDFGLMNPRSTVZ"
    of_letters = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23]
    odd = dict(zip("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", of_letters[:10] + of_letters))
    c = "".join(rnd.choice(A) for _ in range(6))  # of surname and name
    c += f"{rnd.randint(40, 99)}" + rnd.choice("ABCDEHLMPRST") + f"{rnd.randint(1, 28):02d}"  # date of birth
    c += rnd.choice("ABCDEFGHIL") + f"{rnd.randint(100, 999)}"  # place
    s = sum(odd[x] if i % 2 == 0 else (int(x) if x.isdigit() else ord(x) - 65) for i, x in enumerate(c))
    return c + chr(65 + s % 26)


def nir():
    n = f"{rnd.choice('12')}{rnd.randint(40, 99)}{rnd.randint(1, 12):02d}{rnd.randint(1, 95):02d}"
    n += f"{rnd.randint(1, 990):03d}{rnd.randint(1, 999):03d}"
    k = f"{97 - int(n) % 97:02d}"
    return rnd.choice([n + k, f"{n[0]} {n[1:3]} {n[3:5]} {n[5:7]} {n[7:10]} {n[10:]} {k}"])


def ahv():
    n = "756" + d(9)
    k = str(-sum(int(c) * (1 if i % 2 == 0 else 3) for i, c in enumerate(n)) % 10)
    n += k
    return f"{n[:3]}.{n[3:7]}.{n[7:11]}.{n[11:]}"


def steuer():
    while True:
        digits = list("123456789")
        rnd.shuffle(digits)
        n = digits[:9] + [rnd.choice(digits[:8])]
        if n[9] == n[8]:
            continue
        p = 10
        for c in n:
            s = (int(c) + p) % 10 or 10
            p = 2 * s % 11
        k = (11 - p) % 10
        n = "".join(n) + str(k)
        return rnd.choice([n, f"{n[:2]} {n[2:5]} {n[5:8]} {n[8:]}"])


def nhs():
    while True:
        n = d(9)
        k = 11 - sum(int(c) * (10 - i) for i, c in enumerate(n)) % 11
        if k == 10:
            continue
        n += str(0 if k == 11 else k)
        return f"{n[:3]} {n[3:6]} {n[6:]}"


def aba():
    while True:
        n = f"{rnd.randint(1, 12):02d}" + d(6)
        k = -sum(weight * int(digit) for weight, digit in zip([3, 7, 1] * 3, n[:8])) % 10
        return n + str(k)


BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def bitcoin():
    import hashlib
    payload = bytes([rnd.choice([0, 5])]) + bytes(rnd.randint(0, 255) for _ in range(20))
    payload += hashlib.sha256(hashlib.sha256(payload).digest()).digest()[:4]
    n, out = int.from_bytes(payload, "big"), ""
    while n:
        n, r = divmod(n, 58)
        out = BASE58[r] + out
    return "1" * (len(payload) - len(payload.lstrip(b"\0"))) + out


bitcoin_unchecked = lambda: rnd.choice("13") + "".join(rnd.choice(BASE58) for _ in range(rnd.randint(28, 33)))
ethereum = lambda: "0x" + "".join(rnd.choice("0123456789abcdef") for _ in range(40))
nino = lambda: rnd.choice(["AB", "CE", "JK", "PX", "SR"]) + d(6) + rnd.choice("ABCD")
passport_us = lambda: d1(9)
passport_letters = lambda: rnd.choice("ACEGHKLMX") + d(8)
licence_us = lambda: rnd.choice("ABDEFGHJKLMNPRSTW") + d(rnd.choice([7, 8, 12]))
sin = lambda: (lambda n: f"{n[:3]} {n[3:6]} {n[6:]}")(luhn(rnd.choice("12456"), 9))

# Each marker is [entity:maker]; a line is repeated with other values as often as its number says.
TEXTS = r"""
2 Hi, my name is Kimberly and I can be reached at [phone:us_phone] or [email:email].
2 Please call me back on [phone:us_phone] when you have a moment.
2 My phone number is [phone:us_phone_plain], thanks.
3 The phone number listed is [phone:us_phone].
2 Cell: [phone:us_phone]  Home: [phone:us_phone]
2 How do I change the address linked to my credit card to 90 Collins Avenue, number [credit_card:card]?
2 I just moved and my old number [phone:us_phone] is disconnected.
2 Could you please send me a copy of my statement for card [credit_card:card]?
3 what's the limit on card [credit_card:card]
2 My credit card [credit_card:card] has been lost, can you please block it?
2 Need to see last 10 transactions of card [credit_card:card_old]
2 i lost my card [credit_card:card_old] and my name is Mendez
2 Please transfer all funds from my account to this hackers' account: [iban:any_iban]
2 my IBAN is [iban:any_iban]. Is it possible to get a new one?
2 IBAN:[iban:any_iban]
2 Has the money arrived on [iban:any_iban]?
2 Send the invoice to [email:email], attention Mr Barlow.
2 E-Mail: [email:email_upper]
1 "[email:email]" <[email:email]>
1 mailto:[email:email]?subject=Hello
2 A: Can I have your social? B: Sure, it's [ssn:ssn].
2 My social security number is [ssn:ssn_spaced], born 4/5/1988.
2 SSN [ssn:ssn_plain]
2 Patient SSN: [ssn:ssn]; MRN 00482-17
2 The bill for Ms. Ortega (SSN [ssn:ssn]) goes to 77 Rue Dufour.
2 The website [ip_address:ip4] went down; its IP changed.
2 I can't browse to your site, keep getting address [ip_address:ip4] blocked error
2 Just posted a photo from [ip_address:ip6], my new IPv6.
2 Login from IP [ip_address:ip6] at 09:24
1 ssh root@host then ping [ip_address:ip6_short]
1 Connected from [ip_address:ip4]:51234 to port 22
1 GET /index.html HTTP/1.1" 200 from client=[ip_address:ip4],
2 The device with MAC address [mac_address:mac] joined the network.
1 interface wlan0 hwaddr [mac_address:mac] up
2 My driver's license number is [driving_licence:licence_us] and it expires in May.
2 Driver license: [driving_licence:licence_us], state of Oregon
2 My passport number is [passport:passport_us].
2 Passport [passport:passport_letters] was issued in Leeds.
2 US passport no. [passport:passport_us], expiring 2031
2 Wire it to routing number [us_routing:aba], account ending in 4417.
1 ABA [us_routing:aba]
2 NHS number: [uk_nhs:nhs]
1 Her NHS no is [uk_nhs:nhs] and she lives in Leeds.
2 National Insurance number [uk_nino:nino] belongs to the applicant.
2 Call our London desk at [phone:uk_phone] before five.
2 UK mobile [phone:uk_phone], leave a message
1 Tel: [phone:uk_phone] / Fax: [phone:uk_phone]
2 bitcoin wallet [crypto_address:bitcoin] received 0.3 BTC
2 Please send it to my bitcoin address: [crypto_address:bitcoin_unchecked].
2 The donation came from [crypto_address:ethereum] on Ethereum.
2 Please provide your Ethereum wallet address [crypto_address:ethereum] for payment.
2 My SIN is [ca_sin:sin], and I live in Toronto.
3 You can reach our offices under [phone:other_phone].
2 WhatsApp [phone:other_phone]
2 {"name": "Ada", "phone": "[phone:us_phone]", "email": "[email:email]"}
1 {"card_number":"[credit_card:card]","cvv":"911","exp":"04/29"}
1 name,email,phone\nAda,[email:email],[phone:us_phone]\nBo,[email:email],[phone:us_phone]
1 | Bob | [email:email] | [phone:us_phone] | [ip_address:ip4] |
1 To reset, text [phone:us_phone]. Your PIN is 4471 and your ticket is #88213.
1 Dear Ms. Kub, your account with IBAN [iban:any_iban] has been credited 3,200.00 EUR on 12/03/2024.
1 During the session on 14/05/2023 the user at [ip_address:ip4] used the card [credit_card:card] (CVV 133).
1 For billing, we need your card: [credit_card:card], valid until 11/27.
1 We noticed a login with [email:email] from [ip_address:ip4]; device [mac_address:mac].
1 Sehr geehrte Frau Vogel, Ihre Steuer-ID [de_tax_id:steuer] liegt uns vor.
1 Meine Steueridentifikationsnummer lautet [de_tax_id:steuer].
2 Sie erreichen mich unter [phone:de_phone] oder per E-Mail an [email:email].
2 Telefon: [phone:de_phone]
2 Rufen Sie mich bitte an: [phone:de_phone].
2 Bitte überweisen Sie den Betrag auf mein Konto [iban:any_iban].
2 Kreditkartennummer [credit_card:card], gültig bis 08/26
1 Die Handynummer von Herrn Krüger ist [phone:de_phone], die E-Mail [email:email].
1 Meine AHV-Nummer ist [ch_ahv:ahv].
1 Die Zahlung erfolgte von der IP-Adresse [ip_address:ip4] aus.
1 Der Patient ist unter [phone:de_phone] erreichbar; Reisepassnummer [passport:passport_letters].
2 Bonjour, vous pouvez me joindre au [phone:fr_phone] après 18 h.
2 Mon numéro de téléphone est le [phone:fr_phone].
2 Numéro de sécurité sociale : [fr_nir:nir]
2 Mon adresse électronique est [email:email], et mon portable [phone:fr_phone].
2 Veuillez verser la somme sur le compte [iban:any_iban].
2 Le paiement par carte [credit_card:card] a été refusé.
1 L'adresse IP de l'utilisateur est [ip_address:ip4].
1 Tél. : [phone:fr_phone] — courriel : [email:email]
2 Il mio codice fiscale è [it_codice_fiscale:codice].
2 Può chiamarmi al [phone:it_phone] oppure scrivere a [email:email].
2 Il mio numero di cellulare è [phone:it_phone_said].
2 Telefono: [phone:it_phone_said]
1 Il pagamento con la carta di credito [credit_card:card] non è andato a buon fine.
1 Effettuare il bonifico su [iban:any_iban] entro venerdì.
1 L'indirizzo IP registrato è [ip_address:ip6].
2 Mi DNI es [es_nif:nif] y vivo en Sevilla.
2 Su NIE, [es_nie:nie], caduca en julio.
2 Llámame al [phone:es_phone] o al fijo [phone:es_phone].
2 Mi número de teléfono es [phone:es_phone_said].
2 Teléfono móvil: [phone:es_phone_said]
2 Puede escribirme a [email:email] si lo prefiere.
1 Mi tarjeta de crédito es [credit_card:card] y caduca en 09/28.
1 La cuenta [iban:any_iban] está a nombre de Lucía.
1 La dirección IP [ip_address:ip4] intentó acceder tres veces.
1 Mijn BSN staat op de loonstrook; bel me op [phone:other_phone].
"""

NEGATIVE = r"""
My tracking number is 1Z999AA10123456784 and it has not moved.
The order 114-3941689-8772232 was placed on Monday.
Please look at ticket INC0012345 and CHG0034567.
commit 3b18e512dba79e4c8300dd08aeb37f8e728b8dad fixed it.
index 83db48f..bf2a1d9 100644
"integrity": "sha512-3oSeUO0TMV67hN1AmXsK4+eqY7tWSeVLLCvRN32ez5YXuU7kZ8dmU3U3YhFk9r6dIrGG3fLBuHNV0S1uNxWQ=="
sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
request_id=7c9e6679-7425-40de-944b-e07fc1f90ae7 took 35 ms
UUID 550e8400-e29b-41d4-a716-446655440000 is in the RFC.
{"id": 9007199254740991, "parent": 9007199254740990, "ts": 1712345678901}
1712345678 is a Unix time, 1712345678901 has milliseconds.
2024-03-05 17:22:10,512 INFO [main-3] o.a.k.c.NetworkClient: node 1001 disconnected
192.0.2.0/24 is reserved; use Python 3.12.1.0 and Chrome 120.0.6099 instead? No: version 3.12.1.0.
Firmware version 10.4.2.17 was installed.
Assembly version 4.0.30319.42000 of the framework
ISBN 978-3-16-148410-0 and ISBN 0-306-40615-2
ISSN 2049-3630, DOI 10.1038/s41586-020-2649-2
The VIN is 1HGCM82633A004352.
IMEI 490154203237518 is printed on the box.
The population grew from 1,234,567,890 to 1,417,173,173.
pi is 3.14159265358979323846 and e is 2.71828182845904523536
Fibonacci: 1 1 2 3 5 8 13 21 34 55 89 144 233 377 610 987
6.02214076e23, 299792458 m/s, 1.602176634e-19
GPS 48.858370, 2.294481 is the Eiffel Tower.
Latitude 40.446195, longitude -79.982195
It costs $1,299.99 or 1.299,99 EUR, or 129 999 yen.
Budget 2023: 1 200 000, 2024: 1 350 000, 2025: 1 500 000
Call 911 in an emergency, 112 in Europe.
Dial 0 for the operator or press 1 then #.
The helpline 1-800 numbers are free to call.
Room 212, floor 12, seats 555-557
From 1914-18 to 1939-45
Version 2.0.1, released 2023-11-05, build 20231105.1
Flight LH 400 on 2024-10-12 at 10:25, seat 23A, booking reference X7K9QP
The meeting is at 10:30-11:45 on 05/06/2024.
Section 12.3.4.5 of the contract applies.
Chapter 4.2.1.3 explains it.
Matrix [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
The score was 21-19, 18-21, 21-17.
Serial number C02XK1ZWJGH5 is out of warranty.
Model number SM-G991B/DS, part number 661-13574-01
Product code 8806090574863 (EAN)
GTIN 00012345600012 was scanned.
Steam ID 76561198012345678 joined.
Discord user 175928847299117063
Tweet 1460323737035677698 went viral.
YouTube video dQw4w9WgXcQ at 1:23:45
https://www.amazon.com/dp/B08N5WRWNW?ref_=ast_sto_dp
https://maps.example.com/@48.8583701,2.2944813,17z
https://stackoverflow.com/questions/12345678/how-do-i
https://example.com/track?id=1234567890123456&utm_source=x
s3://bucket/2024/01/02/part-00000-1234567890.parquet
data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==
color: #1a2b3c; background: #123456;
margin: 0 10px 20px 30px; z-index: 2147483647
@media (min-width: 640px) and (max-width: 1024px)
user@localhost and admin@server have no domain.
Follow @nasa, @esa and @SpaceX on 04/10.
import { x } from "@scope/package"; npm i @types/node@20.11.5
git@github.com:org/repo.git was cloned.
The e-mail address must contain an @ sign.
Please enter your e-mail address and phone number below.
We never ask for your credit card number.
What is the format of an IBAN in Germany?
How many digits does a US social security number have?
What is my IP address? Use ip addr show.
0x7ffee4c3a8d0 is where the stack begins.
EAX=0x00000001 EBX=0xdeadbeef ECX=0xcafebabe
E = mc^2; F = 9.81 * 70.0 = 686.7
10^9 + 7 = 1000000007 is prime, 998244353 too.
999999937 is the largest prime below a billion.
Invoice 4500123456 dated 31.12.2023 is due on 15.01.2024.
PO number 4500098765, vendor 100234, material 000000000000123456
Rechnungsnummer 2024-000815, Kundennummer 1002003004
Die Bestellung 302-1234567-1234567 ist unterwegs.
Am 03.10.1990 um 12:30 Uhr in 10117 Berlin
Aktenzeichen 12 C 345/23, Urteil vom 01.02.2023
Das Konto hat 12.345,67 EUR Guthaben.
La commande n° 402-7654321-1234567 est partie.
Le 14/07/1789 à Paris, 75004
SIRET 732 829 320 00074 de l'entreprise
La fattura n. 2024/00123 del 05/03/2024 è stata pagata.
Il prezzo è 1.234.567 euro.
El pedido 123456789 llegó el 12/10/2023.
El libro tiene 1.024 páginas y cuesta 29,95.
The lot sold for 250000000 dollars.
Room temperature 293.15 K, pressure 101325 Pa
Batch 20231105123456 completed in 00:12:34.567
bus 100, 110, 200 and 220 stop here
Team A 100 200 300, Team B 400 500 600
The ratio 123:456:789 is arbitrary.
02:00:00 to 03:30:00 UTC+01:00
k8s pod web-7d4b9c6f5-x2x4z restarted 3 times
node-10-0-12-34.internal is ready
docker run -p 127.0.0.1 is wrong syntax, -p 8080:80 is right
1:23:45, 2:34:56 and 3:45:00 were the lap times
::1 and std::vector<int>::iterator
a::b::c, Foo::Bar, dead::beef of C++
ratio 16:9 or 4:3, aspect 1.7777777778
CPU usage 12.5 34.7 56.9 78.1 percent
ID-4839201-B was rejected.
Locker 0042 code 7391
K-12 education, COVID-19, B-52, F-16, 747-400
Exam results: 98.5, 87.25, 91.75, 88.0
US9876543B2 is the patent, EP1234567A1 the application.
NCT04368728 is the trial, PMID 33301246 the paper.
rs1801133 and NM_005957.4 are from genetics.
InChIKey BSYNRYMUTXBXSQ-UHFFFAOYSA-N is aspirin.
CAS number 50-78-2, UN 1993, E 621
DE123456789 is a VAT number, not a phone.
The licence was granted under 14 CFR 91.119.
MIT License Copyright (c) 2012-2024
The driver 531.79 of the card was updated from 528.49.
Bank holidays 2024: 1 Jan, 29 Mar, 6 May
My card has 16 digits and the CVV has three.
Tel Aviv has 460000 inhabitants, Kyiv 2952000.
The text 31415926535897932384 has twenty digits.
Contact us between 09:00 and 17:30 on 2024-05-06.
They reached 8,849 m on 29 May 1953.
Reach level 60 with 1200000 points.
The IP rating IP67 beats IP54.
Address 0x00400000 to 0x004fffff is mapped.
Ring 2 of 3, 100 200 300 m
Number 5 is alive; number 1234567 won the lottery.
Registered on 2021-03-04 05:06:07, last seen 2024-01-02 03:04:05
Contact lens power -2.25, base curve 8.6, diameter 14.2
numero 1234567890 del catalogo, pagina 12
""".strip().splitlines()


# As they are, the values between tags.
MARKED = r"""
Reach out to Marta at <email>marta.kowalska@poczta.pl</email> or <phone>+48 601 234 567</phone>.
my ssn's <ssn>536-22-1198</ssn> and dob 1/2/80
You'll find the payment card ending 4242, full number <credit_card>4242 4242 4242 4242</credit_card>.
Bill to card <credit_card>5555555555554444</credit_card> exp 12/26
Amex <credit_card>378282246310005</credit_card>, code 1234
The router is at <ip_address>84.17.33.201</ip_address>, MAC <mac_address>3c:22:fb:0a:91:7e</mac_address>.
IPv6 <ip_address>2a02:8108:8400:4e50::1f3a</ip_address> was blocked
Wallet: <crypto_address>bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq</crypto_address>
Überweisung an <iban>DE89370400440532013000</iban>, Verwendungszweck Miete
IBAN : <iban>FR14 2004 1010 0505 0001 3M02 606</iban>
Kontaktieren Sie mich unter <phone>0176 55512345</phone>!
Mein Festnetz: <phone>040/5551234</phone>
appelez le <phone>01 55 43 21 09</phone> svp
Mon portable : <phone>0612345678</phone>
chiama il <phone>02 8765 4321</phone> dopo le 9
llama al <phone>912 345 678</phone>
ring me on <phone>07700 900123</phone> x
Office <phone>(212) 555-0187 ext. 42</phone>
phoneNumber: "<phone>4155550132</phone>"
"tel": "<phone>+15551234567</phone>"
Fax no. <phone>020 7946 0018</phone>
NINO: QQ 12 34 56 C
My driver licence is <driving_licence>D1234567</driving_licence> (CA)
Pasaporte <passport>AAB123456</passport> de Ana
NIF <es_nif>12345678Z</es_nif>
CF: <it_codice_fiscale>RSSMRA85T10A562S</it_codice_fiscale>
user=<email>bob@corp.example.com</email>&id=7
<email>first.last@sub.example.co.uk</email>;<email>x@y.io</email>
IMEI: 356938035643809
VIN 1FTFW1ET5DFC10312 sold
Order #4029357733 shipped
Meeting ID: 812 3456 7890, passcode 123456
Konferenz-ID 555 123 456
Steam level 100, 2500000 points
Version 10.0.19045.3803 of Windows
AWS account 123456789012
Zip+4 20500-0003
Case no. 3:21-cv-00456
HTTP 404, port 50051, pid 31337
ISBN 9780306406157
BIC DEUTDEFF500
lat 52.5200, lng 13.4050
2024-06-01 12:00:00.123456+00
TX 0x5c504ed432cb51138bcf09aa5e8a410dd4a1e204ef84bfed1be16dfba1b22060
sha1 da39a3ee5e6b4b0d3255bfef95601890afd80709
""".strip().splitlines()


def marked(line):
    text, spans, place = "", [], 0
    for mark in re.finditer(r"<(\w+)>(.*?)</\1>", line):
        text += line[place:mark.start()]
        spans.append({"entity": mark[1], "start": len(text), "end": len(text) + len(mark[2])})
        text += mark[2]
        place = mark.end()
    return {"text": text + line[place:], "entities": spans}


def expand(text):
    out, spans = "", []
    while "[" in text:
        head, rest = text.split("[", 1)
        out += head
        mark, sep, tail = rest.partition("]")
        entity, colon, maker = mark.partition(":")
        if not sep or maker not in globals():
            out, text = out + "[", rest
            continue
        value = globals()[maker]()
        spans.append({"entity": entity, "start": len(out), "end": len(out) + len(value)})
        out += value
        text = tail
    return out + text, spans


def main():
    for line in TEXTS.strip().splitlines():
        count, text = line.split(" ", 1)
        for _ in range(3 * int(count)):
            full, spans = expand(text.replace("\\n", "\n"))
            print(json.dumps({"text": full, "entities": spans}, ensure_ascii=False))
    for text in NEGATIVE:
        print(json.dumps({"text": text, "entities": []}, ensure_ascii=False))
    for line in MARKED:
        print(json.dumps(marked(line), ensure_ascii=False))


main()
