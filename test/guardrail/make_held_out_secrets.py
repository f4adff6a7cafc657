#!/usr/bin/python3
"""Prints test/conformance/held_out/secrets.jsonl: keys and passwords as they leak (configuration, code, logs, chats),
and what scanners of secrets are known to take for some: hashes, identifiers, lock files, images, placeholders. Keys are
drawn at random in the issuers' formats; the same seed gives the same file."""

import json
import random
import re
import string

rnd = random.Random(88017)
HEX = "0123456789abcdef"
ALNUM = string.ascii_letters + string.digits
B64 = ALNUM + "+/"
URL64 = ALNUM + "-_"


def of(alphabet, n):
    return "".join(rnd.choice(alphabet) for _ in range(n - 2)) + rnd.choice(string.digits) + rnd.choice(HEX[10:])


def digits(n):
    return "".join(rnd.choice(string.digits) for _ in range(n))


PASSWORDS = ["Tr0ub4dor&3", "hunter2!Xy", "S3cur3P@ss", "qW9#kLm2", "Winter2024!", "m0nk3y-Bars", "p4ssPhr4se!",
             "9fK$2mZq", "zaq1@WSX", "Gr33n.Tea_77"]
uuid = lambda: "-".join(of(HEX, n) for n in (8, 4, 4, 4, 12))
VALUE = {
    "aws_access_key": lambda: "AKIA" + of(string.ascii_uppercase + "234567", 14).upper() + "Q7",
    "aws_secret_key": lambda: of(B64, 40),
    "google_api_key": lambda: "AIza" + "Sy" + of(URL64, 33),
    "github_token": lambda: rnd.choice(["ghp_", "gho_", "ghs_"]) + of(ALNUM, 36),
    "github_fine_grained_token": lambda: "github_pat_" + of(ALNUM, 22) + "_" + of(ALNUM, 59),
    "gitlab_token": lambda: "glpat-" + of(URL64, 20),
    "slack_token": lambda: f"xoxb-{of(string.digits, 12)[:11]}1-{digits(13)}-{of(ALNUM, 24)}",
    "slack_webhook": lambda: ("https://hooks.slack.com/services/"
                              f"T{of(ALNUM, 8).upper()}/B{of(ALNUM, 8).upper()}/{of(ALNUM, 24)}"),
    "stripe_key": lambda: rnd.choice(["sk", "rk"]) + "_live_" + of(ALNUM, 24),
    "openai_key": lambda: rnd.choice(["sk-proj-" + of(URL64, 80), "sk-" + of(ALNUM, 20) + "T3BlbkFJ" + of(ALNUM, 20)]),
    "anthropic_key": lambda: "sk-ant-api03-" + of(URL64, 93) + "AA",
    "huggingface_token": lambda: "hf_" + "".join(rnd.choice(string.ascii_letters) for _ in range(34)),
    "sendgrid_key": lambda: "SG." + of(URL64, 22) + "." + of(URL64, 43),
    "npm_token": lambda: "npm_" + of(ALNUM, 36),
    "twilio_key": lambda: "SK" + of(HEX, 32),
    "mailchimp_key": lambda: of(HEX, 32) + "-us17",
    "discord_token": lambda: "M" + of(ALNUM, 23) + "." + of(URL64, 6) + "." + of(URL64, 27),
    "telegram_token": lambda: "".join(rnd.choice("123456789") for _ in range(10)) + ":AA" + of(URL64, 33),
    "digitalocean_token": lambda: "dop_v1_" + of(HEX, 64),
    "shopify_token": lambda: "shpat_" + of(HEX, 32),
    "hashicorp_vault_token": lambda: "hvs." + of(URL64, 90),
    "databricks_token": lambda: "dapi" + of(HEX, 32),
    "jwt": lambda: "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiI" + of(ALNUM, 30) + "." + of(URL64, 43),
    "azure_storage_key": lambda: "AccountKey=" + of(B64, 86) + "==",
    "named_value": lambda: of(ALNUM, rnd.choice([24, 32, 40])),
    "hex_value": lambda: of(HEX, rnd.choice([32, 40, 64])),
    "uuid_value": uuid,
    "password": lambda: rnd.choice(PASSWORDS),
}

# {kind} or {kind=maker}: what is to be found is the value alone.
TEXTS = r"""
aws_access_key_id = {aws_access_key}
export AWS_ACCESS_KEY_ID="{aws_access_key}"
export AWS_SECRET_ACCESS_KEY={aws_secret_key}
aws_secret_access_key = {aws_secret_key}
"awsSecretKey": "{aws_secret_key}",
const maps = new GoogleMaps({ key: '{google_api_key}' });
https://maps.googleapis.com/maps/api/js?key={google_api_key}&callback=init
git clone https://oauth2:{github_token}@github.com/acme/app.git
GITHUB_TOKEN: {github_token}
Use this one please: {github_fine_grained_token}
curl --header "PRIVATE-TOKEN: {gitlab_token}" https://gitlab.example.com/api/v4/projects
slack = WebClient(token="{slack_token}")
curl -X POST -d '{"text":"hi"}' {slack_webhook}
stripe.api_key = "{stripe_key}"
OPENAI_API_KEY={openai_key}
My key is {openai_key}, why do I get a 401?
client = Anthropic(api_key="{anthropic_key}")
huggingface-cli login --token {huggingface_token}
SENDGRID_API_KEY='{sendgrid_key}'
//registry.npmjs.org/:_authToken={npm_token}
TWILIO_API_KEY={twilio_key}
mailchimp: {mailchimp_key}
bot.login('{discord_token}');
https://api.telegram.org/bot{telegram_token}/getMe
doctl auth init -t {digitalocean_token}
X-Shopify-Access-Token: {shopify_token}
vault login {hashicorp_vault_token}
DATABRICKS_TOKEN={databricks_token}
Cookie: session={jwt}; path=/
"id_token": "{jwt}"
DefaultEndpointsProtocol=https;AccountName=shop;{azure_storage_key};EndpointSuffix=core.windows.net
api_key = "{named_value}"
"apiKey": "{named_value}",
apikey: {named_value}
client_secret={named_value}&grant_type=client_credentials
clientSecret: '{named_value}'
X-API-Key: {named_value}
x-auth-token: {named_value}
secret_key_base: {named_value=hex_value}
SECRET_KEY = '{named_value}'
DJANGO_SECRET_KEY="{named_value}"
ENCRYPTION_KEY={named_value=hex_value}
app.secret = {named_value}
"private_token" : "{named_value}"
auth_token => '{named_value=hex_value}'
my api token is {named_value}
The access token: {named_value}
<add key="ApiSecret" value="{named_value}" />
<apiKey>{named_value}</apiKey>
api-key={named_value=uuid_value}
ACCESS_TOKEN="{named_value=uuid_value}"
signing_secret: "{named_value=hex_value}"
webhook_secret: {named_value}
JWT_SECRET={named_value}
DB_PASSWORD={named_value=password}
password: {named_value=password}
"password": "{named_value=password}"
db.password={named_value=password}
spring.datasource.password={named_value=password}
passwd = '{named_value=password}'
Mein Passwort ist {named_value=password}
My password is {named_value=password}, please log in for me.
The wifi password: {named_value=password}
login: admin / password: {named_value=password}
$config['db_pass'] = '{named_value=password}';
define('DB_PASSWORD', '{named_value=password}');
ENV POSTGRES_PASSWORD {named_value=password}
MYSQL_ROOT_PASSWORD: "{named_value=password}"
let password = "{named_value=password}";
mot de passe : {named_value=password}
contraseña: {named_value=password}
""".strip().splitlines()

NEGATIVE = r"""
commit 9fceb02d0ae598e95dc970b74767f19372d61af8
Merge: 83db48f bf2a1d9
"version": "7.24.7", "resolved": "https://registry.npmjs.org/@babel/core/-/core-7.24.7.tgz", "integrity": "sha512-nykK+LEK86ahTkX/3TgauT0ikKoNCfKHEaZYTUVupJdTLzGNvrblu4u6fa7DhZONAltdf8e662t/abY8idrd/g=="
requests==2.31.0 --hash=sha256:58cd2187c01e70e6e26505bca751777aa9f2ee0b7f4300988b709f44e013003f
checksum = "a3e378b66a060d48947b590737b30a1be76706c8dd7b8ba0f2fe3989c68a853f"
github.com/pkg/errors v0.9.1 h1:FEBLx1zS214owpjy7qsBeixbURkuhQAwrK5UwLGTwt4=
md5sum d41d8cd98f00b204e9800998ecf8427e  empty.txt
image: nginx@sha256:2d194184b067db3598771b4cf326cfe6ad5051937ba1132b8b7d4b0184e0d0a6
data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAUAAAAFCAYAAACNbyblAAAAHElEQVQI12P4//8/w38GIAXDIBKE0DHxgljNBAAO9TXL0Y4OHwAAAABJRU5ErkJggg==
url(data:font/woff2;base64,d09GMgABAAAAAAYQAAoAAAAADXAAAAXCAAEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA)
id: 6ba7b810-9dad-11d1-80b4-00c04fd430c8
"user_id": "0b9a1c2e-4d5f-4a6b-8c7d-9e0f1a2b3c4d"
ETag: "33a64df551425fcc55e4d42a148795d9f25f89d4"
Set-Cookie: theme=dark; Max-Age=31536000
trace_id=4bf92f3577b34da6a3ce929d0e0e4736 span_id=00f067aa0ba902b7
traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
api_key = "YOUR_API_KEY"
api_key: <your key here>
API_KEY=${API_KEY}
apiKey: process.env.API_KEY
secret = os.environ["APP_SECRET"]
password = getpass.getpass()
password: ********
PASSWORD=changeme
password = "password"
DB_PASSWORD=$(cat /run/secrets/db)
token = request.headers.get("Authorization")
token: string;
accessToken: string | null
const token = await getToken();
password = models.CharField(max_length=128)
public_key = load_pem_public_key(data)
-----BEGIN PUBLIC KEY-----
-----BEGIN CERTIFICATE-----
ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl user@host
ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQC7vbqajDw4o6gJy8UtmIbkcpnkO3Kwc4qsEnSZp4TR fpr
The key to success is hard work and patience.
The secret of her success is discipline.
Token bucket algorithms limit rates to 100 per second.
Access is granted on weekdays from 09:00-17:00
My password is too weak, it says.
Forgot your password? Click here to reset it.
Password must contain at least 8 characters, 1 digit and 1 symbol.
The password is case-sensitive.
password_reset_url: /accounts/password/reset/
keyboard: qwertyuiop-102-keys-layout
primary_key = "customer_id_2024_migration"
foreign key (order_id) references orders(order_id_pk_v2)
partition_key: "tenant#region#2024-05-01"
cache_key = "user:profile:v2:12345:settings"
sort_key="created_at_desc_then_id"
AccessKeyId must be 20 characters
s3 key: backups/2024/05/01/db-prod-0001.dump.gz
"key": "ctrl+shift+alt+k", "command": "editor.action.deleteLines"
i18n key: home.banner.title_2024
author: J. K. Rowling, author_id: 1077326
authorization: required
auth: none
client: Acme GmbH, client number 20240031
client-version: 2.14.0-beta.3+build.20240501
service: web-frontend-7d9f8b6c5d-x7k2p
User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36
license: Apache-2.0 WITH LLVM-exception
License key format: XXXXX-XXXXX-XXXXX-XXXXX
private readonly service: UserService2Factory
webhook: https://example.com/hooks/incoming
https://example.com/reset?uid=MTIz
ghp_ is the prefix of GitHub tokens.
AKIAIOSFODNN7EXAMPLE is the key from the documentation.
sk-... is what OpenAI keys look like.
sk_test_ keys are for testing.
xoxb- tokens belong to bots.
ISBN 978-3-16-148410-0, VIN 1HGCM82633A004352
bitcoin:1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa
kubectl get secret my-secret -o yaml
secretName: letsencrypt-prod-account-tls-v2
SecretKeyRef: { name: db-credentials-v2, key: password }
import { SECRET_KEY_LENGTH_2048 } from "./constants";
CSRF_TOKEN_HEADER = "X-CSRF-Token-Header-V2"
tokenizer = AutoTokenizer.from_pretrained("bert-base-uncased-2018")
max_tokens: 4096, tokens_used=1834
token_type: Bearer, expires_in=3600
"access": "public", "tag": "v1.0.3-rc.1"
arn:aws:iam::123456789012:role/service-role/MyRole-7f3k2
aws_region = us-east-1
"keyFingerprint": "1f:51:ae:28:bf:89:e9:d8:1f:25:5d:37:2d:7d:b8:ca"
SHA256:uNiVztksCsDhcc0u9e8BrmqvuvNQnuyd0/8sdSg92fE
00000000-0000-0000-0000-000000000000
1234567890abcdef1234567890abcdef
abcdefghijklmnopqrstuvwxyz0123456789
Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor.
VGhpcyBpcyBub3QgYSBzZWNyZXQ=
color: #deadbeef; mask: 0xffffffffffffffff
postgres://localhost:5432/app
mysql://user@localhost/app
postgres://user:${DB_PASSWORD}@db:5432/app
mongodb://<user>:<password>@cluster0.example.net
redis://:@localhost:6379
http://example.com:8080/a@b
Basic training starts on Monday.
Authorization: Bearer <token>
Authorization: Bearer ${token}
curl -u user https://example.com
The bearer of this passport is a citizen.
password reset e-mail was sent at 2024-05-01T10:11:12Z
the passphrase is a sentence of several words
pwd: /home/user/projects/app-2024
auth=true&client=web&service=mail-v2
credential stuffing is an attack
Q: What is a secret key? A: A value known only to its owner.
npm ERR! code ERESOLVE at C:\Users\me\AppData\npm-cache\_logs\2024-05-01T10_11_12_345Z-debug-0.log
GOOGLE_APPLICATION_CREDENTIALS=/etc/keys/service-account-2024.json
ssl_certificate_key /etc/nginx/ssl/example2024.key;
private_key_path = "~/.ssh/id_ed25519_work2024"
sessionStorage.setItem("token", data.accessToken2);
if (password !== confirmPassword2) return;
password: z.string().min(8).max(100)
secret: !vault |
key = hashlib.sha256(b"abc123").hexdigest()
API key rotation happens every 90 days, says ticket SEC-2024-0117.
token = "<|endoftext|>"
token_id: 50256
public static final String KEY_USERNAME2 = "username2field";
""".strip().splitlines()


# As they are, the values between tags.
MARKED = r"""
export STRIPE_SECRET="<named_value>Zk9fQ2xW7pLmT4vB8nRj</named_value>"
db_pwd: <named_value>L0ng&Winding-R0ad</named_value>
The root password is <named_value>k8s-Adm1n!</named_value>.
"secretAccessKey": "<named_value>wJ4lrXUtnFEMIzK7MDENGzbPxRfiCYzQ1M9TB7aR</named_value>"
authorization_token: <named_value>6f1ed002ab5595859014ebf0951522d9aa3c</named_value>
SMTP_PASS=<named_value>mailG0d!22</named_value>
--password=<named_value>s3cr3tP4ss!</named_value>
jdbc:postgresql://db/app?user=app&password=<named_value>Qx7!pLm2</named_value>
https://api.example.com/v1?api_key=<named_value>9aXk2LmQ8vTz5RwY1BnC</named_value>
export TOKEN=<named_value>tok9aXk2LmQ8vTz5RwY1BnC</named_value>
password_hash = "pbkdf2_sha256"
password_confirmation: form.password2
token_count = 128000
secretsmanager:us-east-1:prod/db
api_version: 2024-02-15-preview
access_level: read_write_2
client_ip: 10.0.0.1
auth_provider: github-oauth2
service_account: build-bot-7@project.iam
the token expired at 2024-05-01T10:11:12Z
private static final int KEY_LEN = 256
key: 5f4dcc3b-not-hex
"etag": "W/\"5d8c72a5edda8\""
integrity sha384-oqVuAfXRKap7fdgcCY5uykM6+R9GqQ8K/uxy9rx7HNQlGYl1kPzQho1wx4JwY8wC
webhook_id: 1122334455667788
api_gateway: https://abc123def4.execute-api.us-east-1.amazonaws.com/prod
access_log: /var/log/nginx/access-2024.log
auth_time: 1714557072
token_endpoint: https://login.example.com/oauth2/v2.0/token
client_id: 7f3c9a2e-web-frontend
password length 12
""".strip().splitlines()


def marked(line):
    text, spans, place = "", [], 0
    for mark in re.finditer(r"<(\w+)>(.*?)</\1>", line):
        text += line[place:mark.start()]
        spans.append({"entity": mark[1], "start": len(text), "end": len(text) + len(mark[2])})
        text += mark[2]
        place = mark.end()
    return {"text": text + line[place:], "entities": spans}


def main():
    for text in TEXTS:
        for _ in range(3):
            out, spans, rest = "", [], text
            while "{" in rest:
                head, tail = rest.split("{", 1)
                out += head
                mark, end, behind = tail.partition("}")
                kind, _, maker = mark.partition("=")
                if not end or (maker or kind) not in VALUE:
                    out, rest = out + "{", tail
                    continue
                value = VALUE[maker or kind]()
                start = len(out)
                spans.append({"entity": kind, "start": start, "end": start + len(value)})
                out, rest = out + value, behind
            print(json.dumps({"text": out + rest, "entities": spans}))
    for text in NEGATIVE:
        print(json.dumps({"text": text, "entities": []}))
    for line in MARKED:
        print(json.dumps(marked(line), ensure_ascii=False))


main()
