#!/usr/bin/python3
"""Prints test/conformance/pii.jsonl: texts labelled with the personal data in them, and hard negatives.

Check digits are computed here by the published rules, apart from the code under test. The same seed gives the
same file. Offsets are characters, the end exclusive."""

import hashlib
import json
import random

rnd = random.Random(20260101)


def digits(n, first="0123456789"):
    return rnd.choice(first) + "".join(rnd.choice("0123456789") for _ in range(n - 1))


def luhn_digit(body):
    total = 0
    for i, c in enumerate(reversed(body)):
        d = int(c)
        if i % 2 == 0:
            d = d * 2 - 9 if d > 4 else d * 2
        total += d
    return str(-total % 10)


def weighted(body, weights):
    return sum(int(c) * w for c, w in zip(body, weights))


def grouped(text, sizes, sep):
    out, at = [], 0
    for size in sizes:
        out.append(text[at:at + size])
        at += size
    return sep.join(out)


def card():
    head, size = rnd.choice([("4", 16), ("51", 16), ("55", 16), ("2223", 16), ("37", 15), ("34", 15), ("6011", 16),
                             ("3530", 16), ("36", 14)])
    body = head + digits(size - 1 - len(head))
    number = body + luhn_digit(body)
    if size == 16 and rnd.random() < .6:
        return grouped(number, [4, 4, 4, 4], rnd.choice(" -"))
    if size == 15 and rnd.random() < .5:
        return grouped(number, [4, 6, 5], " ")
    return number


def iban():
    country, shape = rnd.choice([("DE", "n18"), ("GB", "a4n14"), ("FR", "n10c11n2"), ("NL", "a4n10"), ("ES", "n20"),
                                 ("NO", "n11"), ("CH", "n5c12"), ("BE", "n12"), ("AT", "n16"), ("PL", "n24")])
    body, at = "", 0
    while at < len(shape):
        kind = shape[at]
        at += 1
        size = ""
        while at < len(shape) and shape[at].isdigit():
            size += shape[at]
            at += 1
        alphabet = {"n": "0123456789", "a": "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
                    "c": "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"}[kind]
        body += "".join(rnd.choice(alphabet) for _ in range(int(size)))
    number = "".join(str(int(c, 36)) for c in body + country + "00")
    text = country + "%02d" % (98 - int(number) % 97) + body
    return grouped(text, [4] * 9, " ").strip() if rnd.random() < .5 else text


def ssn():
    area = rnd.choice([n for n in range(1, 900) if n != 666])
    return "%03d-%02d-%04d" % (area, rnd.randint(1, 99), rnd.randint(1, 9999))


def itin():
    return "9%02d-%02d-%04d" % (rnd.randint(0, 99), rnd.choice([50, 65, 70, 88, 90, 92, 94, 99]), rnd.randint(0, 9999))


def nhs():
    while True:
        body = digits(9, "123456789")
        check = 11 - weighted(body, range(10, 1, -1)) % 11
        if check != 10:
            return grouped(body + str(check % 11), [3, 3, 4], " ")


def nino():
    text = rnd.choice("ABCEGHJKLMNOPRSTWXYZ") + rnd.choice("ABCEGHJKLMNPRSTWXYZ")
    if text in ("BG", "GB", "KN", "NK", "NT", "TN", "ZZ"):
        return nino()
    text += digits(6) + rnd.choice("ABCD")
    return text if rnd.random() < .5 else grouped(text, [2, 2, 2, 2, 1], " ")


VERHOEFF_D = [[0, 1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 2, 3, 4, 0, 6, 7, 8, 9, 5], [2, 3, 4, 0, 1, 7, 8, 9, 5, 6],
              [3, 4, 0, 1, 2, 8, 9, 5, 6, 7], [4, 0, 1, 2, 3, 9, 5, 6, 7, 8], [5, 9, 8, 7, 6, 0, 4, 3, 2, 1],
              [6, 5, 9, 8, 7, 1, 0, 4, 3, 2], [7, 6, 5, 9, 8, 2, 1, 0, 4, 3], [8, 7, 6, 5, 9, 3, 2, 1, 0, 4],
              [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]]
VERHOEFF_P = [list(range(10)), [1, 5, 7, 6, 2, 8, 3, 0, 9, 4]]
for _ in range(6):
    VERHOEFF_P.append([VERHOEFF_P[1][v] for v in VERHOEFF_P[-1]])


def aadhaar():
    body = digits(11, "23456789")
    for last in "0123456789":
        check = 0
        for i, c in enumerate(reversed(body + last)):
            check = VERHOEFF_D[check][VERHOEFF_P[i % 8][int(c)]]
        if check == 0:
            return grouped(body + last, [4, 4, 4], rnd.choice([" ", "-"]))


def pan():
    letters = "ABCDEFGHJKLMNPQRSTUVWXYZ"
    head = "".join(rnd.choice(letters) for _ in range(3)) + "P" + rnd.choice("ABCDEFGHJKLMNPRSTVW")
    return head + "%04d" % rnd.randint(1, 9999) + rnd.choice(letters)


def date():
    return rnd.randint(1945, 1999), rnd.randint(1, 12), rnd.randint(1, 28)


def pesel():
    y, m, d = date()
    body = "%02d%02d%02d" % (y % 100, m, d) + digits(4)
    return body + str(-weighted(body, [1, 3, 7, 9] * 3) % 10)


def nif():
    n = rnd.randint(1, 99999999)
    return "%08d%s%s" % (n, rnd.choice(["", "-"]), "TRWAGMYFPDXBNJZSQVHLCKE"[n % 23])


def nie():
    head, n = rnd.randint(0, 2), rnd.randint(0, 9999999)
    return "XYZ"[head] + "%07d" % n + "TRWAGMYFPDXBNJZSQVHLCKE"[(head * 10 ** 7 + n) % 23]


def codice():
    odd = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23]
    body = "".join(rnd.choice("BCDFGLMNPRSTVZ") for _ in range(6))  # of surname and name
    body += "%02d" % rnd.randint(40, 99) + rnd.choice("ABCDEHLMPRST")  # year and month of birth
    body += "%02d" % rnd.choice([*range(1, 29), *range(41, 69)])  # day, of women plus 40
    body += rnd.choice("ABCDEFGHIL") + "%03d" % rnd.randint(1, 999)  # place
    total = 0
    for i, c in enumerate(body):
        rank = int(c) if c.isdigit() else ord(c) - 65
        total += odd[rank] if i % 2 == 0 else rank
    return body + chr(65 + total % 26)


def steuer():
    while True:
        twice = rnd.choice("0123456789")
        others = [c for c in "0123456789" if c != twice]
        rnd.shuffle(others)
        body = others[:8] + [twice, twice]
        rnd.shuffle(body)
        body = "".join(body)
        if body[0] == "0" or twice * 3 in body:
            continue
        product = 10
        for c in body:
            s = (int(c) + product) % 10 or 10
            product = s * 2 % 11
        number = body + str((11 - product) % 10)
        return grouped(number, [2, 3, 3, 3], " ")


def tfn():
    while True:
        body = digits(9, "123456789")
        if weighted(body, [1, 4, 3, 7, 5, 8, 6, 9, 10]) % 11 == 0:
            return grouped(body, [3, 3, 3], " ")


def abn():
    while True:
        body = digits(11, "123456789")
        if (weighted(body, [10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19]) - 10) % 89 == 0:
            return grouped(body, [2, 3, 3, 3], " ")


def medicare():
    body = digits(8, "23456")
    return grouped(body + str(weighted(body, [1, 3, 7, 9, 1, 3, 7, 9]) % 10) + rnd.choice("123456789"), [4, 5, 1], " ")


def sin():
    body = digits(8, "1234567")
    return grouped(body + luhn_digit(body), [3, 3, 3], rnd.choice("- "))


def rrn():
    y, m, d = date()
    body = "%02d%02d%02d" % (y % 100, m, d) + rnd.choice("12") + digits(5)
    check = (11 - weighted(body, [2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5]) % 11) % 10
    return body[:6] + "-" + body[6:] + str(check)


def nric():
    head, body = rnd.choice("STFG"), digits(7)
    total = weighted(body, [2, 7, 6, 5, 4, 3, 2]) + (4 if head in "TG" else 0)
    return head + body + ("JZIHGFEDCBA" if head in "ST" else "XWUTRQPNMLK")[total % 11]


def hetu():
    y, m, d = date()
    head, tail = "%02d%02d%02d" % (d, m, y % 100), "%03d" % rnd.randint(2, 899)
    return head + "-" + tail + "0123456789ABCDEFHJKLMNPRSTUVWXY"[int(head + tail) % 31]


def kimlik():
    body = digits(9, "123456789")
    odd, even = sum(map(int, body[::2])), sum(map(int, body[1::2]))
    tenth = (odd * 7 - even) % 10
    return body + str(tenth) + str((odd + even + tenth) % 10)


def thai():
    body = digits(12, "12345678")
    number = body + str((11 - weighted(body, range(13, 1, -1)) % 11) % 10)
    return grouped(number, [1, 4, 5, 2, 1], "-")


def za():
    y, m, d = date()
    body = "%02d%02d%02d" % (y % 100, m, d) + digits(4) + "08"
    return body + luhn_digit(body)


def cpf():
    body = digits(9)
    for start in (10, 11):
        body += str(weighted(body, range(start, 1, -1)) * 10 % 11 % 10)
    return body[:3] + "." + body[3:6] + "." + body[6:9] + "-" + body[9:]


def cnpj():
    body = digits(8) + "0001"
    for weights in ([5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2], [6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]):
        rest = weighted(body, weights) % 11
        body += str(0 if rest < 2 else 11 - rest)
    return body[:2] + "." + body[2:5] + "." + body[5:8] + "/" + body[8:12] + "-" + body[12:]


def chinese():
    y, m, d = date()
    body = rnd.choice(["110105", "310104", "440305", "510107"]) + "%04d%02d%02d" % (y, m, d) + digits(3)
    return body + "10X98765432"[weighted(body, [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]) % 11]


def routing():
    while True:
        body = rnd.choice(["02", "06", "11", "12", "26", "32"]) + digits(7)
        if weighted(body, [3, 7, 1] * 3) % 10 == 0:
            return body


def email():
    user = rnd.choice(["anna.kowalski", "j.doe", "maria_lopez", "t.o'brien", "info", "li.wei+news", "r2d2", "hr-team",
                       "sven.k", "noreply.me"])
    host = rnd.choice(["example.com", "mail.example.org", "uni-example.de", "firm.co.uk", "sub.dept.example.edu",
                       "example.io", "shop-example.fr"])
    return user + "@" + host


def phone():
    kind = rnd.randint(0, 7)
    area = "%d%d%d" % (rnd.randint(2, 9), rnd.randint(0, 8), rnd.randint(2, 9))
    exchange = "%d%02d" % (rnd.randint(2, 9), rnd.randint(12, 99))
    if kind == 0:
        return "(%s) %s-%s" % (area, exchange, digits(4))
    if kind == 1:
        return "%s-%s-%s" % (area, exchange, digits(4))
    if kind == 2:
        return "+1 %s %s %s" % (area, exchange, digits(4))
    if kind == 3:
        return "+44 20 %s %s" % (digits(4, "378"), digits(4))
    if kind == 4:
        return "+49 %s %s" % (rnd.choice(["30", "89", "171", "40"]), digits(8, "123456789"))
    if kind == 5:
        return "+33 %s %s %s %s %s" % (rnd.choice("1234567"), digits(2), digits(2), digits(2), digits(2))
    if kind == 6:
        return "+91 %s %s" % (digits(5, "6789"), digits(5))
    return "%s.%s.%s" % (area, exchange, digits(4))


def ipv4():
    return "%d.%d.%d.%d" % (rnd.choice([10, 172, 192, 203, 84]), rnd.randint(16, 254), rnd.randint(0, 254),
                            rnd.randint(1, 254))


def ipv6():
    return rnd.choice(["2001:db8:85a3::8a2e:370:7334", "fe80::1ff:fe23:4567:890a", "2001:db8:0:0:1:0:0:1",
                       "2a02:26f0:fe::5f64"])


def mac():
    return ":".join("%02x" % rnd.randint(0, 255) for _ in range(6))


def url():
    return "https://%s:%s@%s/%s" % (rnd.choice(["admin", "deploy", "svc"]),
                                    rnd.choice(["hunter2!", "s3cr3tPass", "Qx7-99zz"]),
                                    rnd.choice(["git.example.com", "files.example.net:8443"]),
                                    rnd.choice(["repo.git", "data", "x/y"]))


B58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def bitcoin():
    payload = bytes([rnd.choice([0, 5])]) + bytes(rnd.randint(0, 255) for _ in range(20))
    payload += hashlib.sha256(hashlib.sha256(payload).digest()).digest()[:4]
    number, out = int.from_bytes(payload, "big"), ""
    while number:
        number, rest = divmod(number, 58)
        out = B58[rest] + out
    return "1" * (len(payload) - len(payload.lstrip(b"\0"))) + out


def ethereum():
    return "0x" + "".join(rnd.choice("0123456789abcdef") for _ in range(40))


# Where a value stands. {} is the value.
MAIL = ["You can reach me at {}.", "cc: {}", "Please send the invoice to {} before Friday.", "Contact <{}> for details",
        "My new address is {}, the old one bounces", "From: Anna <{}>", "mailto:{}", "Forward this to {} and {}.",
        "\"email\": \"{}\", \"role\": \"editor\"", "user={}&plan=pro", "Ask {}; she knows.", "E-Mail:{}"]
PHONE = ["Call me at {} after six.", "Phone: {}", "My mobile is {}.", "Tel. {}", "You can text {} or write.",
         "His number is {}, ring twice.", "fax {}", "Reach our hotline under {}.", "contact={}", "WhatsApp {} please",
         "If nobody answers, dial {}."]
CARD = ["My card number is {}.", "Pay with {} exp 09/27", "Charge it to {} please.", "I lost my Visa {} yesterday",
        "card: {}", "The payment with {} failed twice.", "{} was declined again"]
GENERIC = ["It says {} on the form.", "Here it is: {}", "{} is what they gave me.", "Number {}, issued last year.",
           "Please check {} for me."]
NATIONAL = ["My national ID is {}.", "ID number: {}", "The identity card says {}.",
            "Citizen no. {} needs an appointment"] + GENERIC[:2]

PLAN = [
    ("email", email, MAIL, 48), ("phone", phone, PHONE, 48), ("credit_card", card, CARD, 36),
    ("ssn", ssn,
     ["My SSN is {}.", "SSN: {}", "Social security number {} on file", "I typed {} into the form", "({})"], 24),
    ("itin", itin, ["My ITIN is {}.", "Taxpayer {} filed late"], 8),
    ("iban", iban, ["Transfer it to {}.", "IBAN: {}", "My account is {} at the savings bank", "Konto {}"], 24),
    ("ip_address", ipv4,
     ["The request came from {}.", "ssh root@server at {} fails", "IP: {}", "host {} port 22", "ping {} works"], 20),
    ("ip_address", ipv6, ["Listening on {} now.", "IPv6 address {}"], 6),
    ("mac_address", mac, ["The printer has {} as its MAC.", "ether {}"], 8),
    ("url_credentials", url, ["Clone {} first.", "remote = {}", "Use {} to log in"], 10),
    ("uk_nhs", nhs, ["NHS number {}", "The patient's NHS no. is {}."], 8),
    ("uk_nino", nino, ["My NI number is {}.", "National Insurance: {}", "NINO {}"] + GENERIC[:1], 10),
    ("in_aadhaar", aadhaar, ["Aadhaar: {}", "My Aadhaar card says {}."] + GENERIC[:1], 10),
    ("in_pan", pan, ["PAN {} is linked.", "My PAN card: {}"] + GENERIC[:1], 8),
    ("pl_pesel", pesel, ["PESEL {}", "Jan, PESEL: {}"] + GENERIC[:1], 8),
    ("es_nif", nif, ["DNI {}", "Mi NIF es {}."] + GENERIC[:1], 8),
    ("es_nie", nie, ["NIE: {}", "Tengo el NIE {}."] + GENERIC[:1], 6),
    ("it_codice_fiscale", codice, ["Codice fiscale {}", "CF: {}"] + GENERIC[:2], 8),
    ("de_tax_id", steuer, ["Steuer-ID {}", "Meine Steuernummer ist {}.", "IdNr. {}"], 8),
    ("au_tfn", tfn, ["TFN {}", "My tax file number is {}."], 8),
    ("au_abn", abn, ["ABN {}", "Our ABN: {}"] + GENERIC[:1], 8),
    ("au_medicare", medicare, ["Medicare {}", "Medicare card no {}"] + GENERIC[:1], 8),
    ("ca_sin", sin, ["My SIN is {}.", "Social insurance number: {}"], 8),
    ("kr_rrn", rrn, NATIONAL, 8),
    ("sg_nric", nric, ["NRIC {}", "FIN: {}"] + GENERIC[:2], 8),
    ("fi_hetu", hetu, ["Henkilötunnus {}"] + GENERIC[:3], 8),
    ("tr_kimlik", kimlik, ["TC kimlik no {}", "Kimlik: {}"] + GENERIC[:1], 8),
    ("th_id", thai, NATIONAL, 8),
    ("za_id", za, ["SA ID {}"] + NATIONAL, 8),
    ("br_cpf", cpf, ["CPF {}", "Meu CPF é {}."] + GENERIC[:2], 8),
    ("br_cnpj", cnpj, ["CNPJ {}"] + GENERIC[:2], 8),
    ("cn_id", chinese, ["身份证号码{}", "身份证 {}"] + NATIONAL[:2], 8),
    ("us_routing", routing, ["Routing number {}", "ABA {} at the bank", "wire it, routing no. {}"], 8),
    ("passport", lambda: rnd.choice("ABCEGLX") + digits(8),
     ["My passport number is {}.", "Passport {} expires in May"], 8),
    ("driving_licence", lambda: rnd.choice("ABDFKS") + digits(7),
     ["Driver's license {}", "My driving licence number is {}."], 8),
    ("crypto_address", bitcoin, ["Send the bitcoin to {}.", "BTC wallet {}"] + GENERIC[:1], 8),
    ("crypto_address", ethereum, ["ETH: {}", "My wallet is {}."], 6),
]

# Looks like personal data and is none.
NEGATIVE = """Order #123-4567890-1234567 has shipped.
Your tracking number is 1Z999AA10123456784.
ISBN 978-3-16-148410-0 is out of print.
The ISBN-10 is 0-306-40615-2.
Version 10.4.22631.3155 was released in March.
Upgrade from v1.2.3.4 to v1.2.4.0 first.
See section 4.3.2.1 of the standard.
Chapter 2.1.1.3 covers exceptions.
The meeting is on 2024-05-17 at 10:30:45.
Between 1990-01-01 and 1999-12-31 nothing changed.
Pi is 3.14159265358979323846.
The speed of light is 299792458 m/s.
Avogadro's number is 602214076000000000000000.
Revenue rose from $1,234,567.89 to $2,345,678.90.
The population was 331002651 in 2020.
UUID 550e8400-e29b-41d4-a716-446655440000 is taken.
commit 3f2504e04f8911d39a0c0305e82c3301aa11bb22 broke the build
sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
md5sum d41d8cd98f00b204e9800998ecf8427e
Unix time 1700000000 is in November 2023.
Timestamp 1700000000123 in milliseconds.
Convert 0x7ffee4bff8c0 to decimal.
std::vector<int> a; a::b::c();
face::dead is not an address in this program.
The aspect ratio is 16:9 and the time 12:34:56.
The ratio 1:2:3:4 makes good concrete.
logo@2x.png must be resized.
Use @media screen and (max-width: 600px).
npm install react@18.2.0 react-dom@18.2.0
git clone git@github.com:example/project.git
Follow @jane_doe on social media.
The price is 4,111,111,111,111,111 units of play money.
Lot 4111111111111112 failed the check.
Part number 1234-5678-9012-3457 is discontinued.
Serial no. SN-2024-0001-7788-A
Invoice 2023-000123-45 is overdue.
Room 101-22-3456B is closed.
SKU 987-65-432 is sold out.
Score: 123-45 to 67-89.
The number 987-65-43210 has too many digits.
000-12-3456 can never be valid.
666-12-3456 was never issued.
123-00-4567 has no group.
The model X-1234567-Y does not exist.
Coordinates 40.712776, -74.005974 point to the city.
latitude=52.520008&longitude=13.404954
Flight BA2490 leaves from gate B42.
License plate 8ABC123 was seen.
The 20-year-old ran 10.000 m in 27:41.03.
Use port 8080 or 8443 on localhost.
http://localhost:8080/path?x=1
https://example.com/users/12345/posts/67890
ftp://example.com/pub/file-1.2.3.tar.gz
https://example.com:8443/a:b@c
Phone booths were common in 1985.
Call me maybe, she sang in 2012.
Dial the settings back to 50 percent.
The email field is required.
My address book has 250 entries.
Send an email to all members.
Passport control was slow today.
A passport costs 130 dollars.
She got her driver's license at 17.
The IBAN has up to 34 characters.
DE00 0000 0000 0000 0000 00 is a wrong example.
GB82WEST12345698765433 fails the check.
Visa and Mastercard are accepted.
My credit score is 712.
The bank opens at 9.
The routing protocol converged in 12 s.
Routing table entries: 123456789
SSN is short for social security number.
The form 1040-ES was filed for 2021-2022.
IPv4 has 4294967296 addresses.
256.256.256.256 is no address.
192.168.1 is incomplete.
0.0.0.0.0 has five parts.
1.2.3 and 2.3.4 are versions.
12:34:56:78:90 has five pairs.
GG:HH:II:JJ:KK:LL is no hardware address.
x = [101, 102, 103, 104, 105]
1 2 3 4 5 6 7 8 9 10 11 12 13 14
0123456789 are the digits.
Numbers: 1000000000 2000000000 3000000000
The sequence 1, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144
Telephone poles are 12 m high.
EAN 4006381333931 is a pen.
UPC 036000291452 on the box.
DOI 10.1000/182 resolves.
arXiv:2301.12345v2 was updated.
RFC 3986 section 3.2.1
Bus 42 runs every 10 minutes.
bc1 is the prefix, not an address.
1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb has a wrong checksum.
0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD was mistyped.
The hash 0xdeadbeef is famous.
A1B2C3D4E5 is the voucher.
QQ123456C is the example on the leaflet.
Account number: see the last page.
A 4-digit PIN, a 6-digit code: 123456.
Your code is 482913.
One-time password 739104 expires soon.
Fax machines are obsolete.
Win 10 21H2 19044.1288
Python 3.11.4 on Linux 5.10.0-23
The 1990s, the 2000s and the 2010s.
ZIP 94105-1234 is downtown.
10115 Berlin, 75001 Paris, 1010 Wien
15 Maple Street, Springfield 62704
P.O. Box 1234, 5678
Batch 20240517-001-0042
Case 21-cv-01234 was dismissed.
Patent US 10,123,456 B2
CAS 7732-18-5 is water.
NGC 1300 is 61 million light years away.
HD 209458 b transits every 3.52474859 days.
Resolution 1920x1080 at 60.000 Hz
GPU temp 71.5, 72.0, 71.8, 73.2
[2024-01-02T03:04:05.678901Z] INFO done in 0.001234 s
id,name,score\\n1001,x,0.98765432\\n1002,y,0.87654321
SELECT * FROM t WHERE id BETWEEN 100000000 AND 200000000
for (i = 0; i < 2147483647; ++i)
0.1 + 0.2 = 0.30000000000000004
1e308 is near the largest double 1.7976931348623157
AAPL rose to 189.84, MSFT to 378.91
Ratio 0.0123456789 to 0.9876543210
Match 6-4 3-6 7-6 (7-5)
The call number is QA76.73.C153
Bible verse 1 Corinthians 13:4-7
Article 5, paragraph 1, item 2.3
Part 11-22-33 of the kit
Ticket 555-0001-22 is closed.
10-4, over and out.
24-7 support is 365 days a year.""".splitlines()


def main():
    lines = []
    for entity, make, places, count in PLAN:
        for i in range(count):
            place = places[i % len(places)]
            text, spans = "", []
            for k, piece in enumerate(place.split("{}")):
                if k > 0:
                    value = make()
                    spans.append({"entity": entity, "start": len(text), "end": len(text) + len(value)})
                    text += value
                text += piece
            lines.append({"text": text, "entities": spans})
    for text in NEGATIVE:
        lines.append({"text": text.replace("\\n", "\n"), "entities": []})
    for line in lines:
        print(json.dumps(line, ensure_ascii=False))


main()
