// Keys and tokens of many issuers, made up at run time by a fixed seed: the repository holds prefixes,
// lengths and alphabets, never a key. Each must be found with its exact span whatever its last character is,
// and a near miss (too short, wrong prefix, wrong alphabet) must not be taken for a key of that issuer.
#include <gtest/gtest.h>

#include <cstdlib>
#include <random>
#include <set>
#include <string>
#include <string_view>

#include "core/guardrail/decode.h"
#include "core/guardrail/detect.h"
#include "core/guardrail/detectors/secrets.h"

namespace pgprompt {
namespace {

using namespace guardrail;

// A shape is literal text in which <set:count> stands for so many random characters of a set:
// d digits, h hexadecimal, l lower-case and digits, u upper-case and digits, c letters, a letters and digits,
// w letters, digits, _ and -, b base64. What stands before | leads to the key and is no part of it.
struct Sample {
    const char* issuer;
    const char* kind;
    const char* shape;
    const char* near_miss;
};

constexpr Sample kSamples[] = {
    {"Amazon Web Services", "aws_access_key", "AKIA<u:16>", "AKIA<u:15>"},
    {"Amazon Web Services", "aws_access_key", "ASIA<u:16>", "ASIB<u:16>"},
    {"Amazon Web Services", "aws_secret_key", "aws_secret_access_key = |<b:40>",
     "aws_secret_access_key = |<b:39>"},
    {"Amazon Bedrock", "aws_bedrock_key", "ABSK<b:128>", "ABSK<b:80>"},
    {"Google", "google_api_key", "AIza<w:35>", "AIza<w:33>a"},
    {"Google", "google_oauth_secret", "GOCSPX-<w:28>", "GOCSPX-<w:26>a"},
    {"Google", "google_oauth_token", "ya29.<w:60>", "ya28.<w:60>"},
    {"Google", "google_oauth_client", "<d:12>-<l:32>.apps.googleusercontent.com",
     "<d:12>-<l:31>.apps.googleusercontent.com"},
    {"GitHub", "github_token", "ghp_<a:36>", "ghp_<a:35>"},
    {"GitHub", "github_token", "gho_<a:36>", "ghx_<a:36>"},
    {"GitHub", "github_token", "ghs_<a:36>", "ghs_<a:20>-<a:15>"},
    {"GitHub", "github_fine_grained_token", "github_pat_<a:22>_<a:59>", "github_pat_<a:22>_<a:40>"},
    {"GitLab", "gitlab_token", "glpat-<w:20>", "glpat-<w:18>a"},
    {"GitLab", "gitlab_token", "gldt-<w:20>", "glxx-<w:20>"},
    {"Slack", "slack_token", "xoxb-<d:12>-<d:12>-<a:24>", "xoxz-<d:12>-<d:12>-<a:24>"},
    {"Slack", "slack_app_token", "xapp-1-<u:11>-<d:13>-<h:64>", "xapp-1-<u:11>-<d:13>-<h:39>"},
    {"Slack", "slack_webhook", "https://hooks.slack.com/services/T<u:8>/B<u:8>/<a:24>",
     "https://hooks.slack.com/services/T<u:8>/B<u:8>"},
    {"Stripe", "stripe_key", "sk_live_<a:24>", "sk_live_<a:9>"},
    {"Stripe", "stripe_key", "rk_live_<a:24>", "pk_live_<a:24>"},
    {"Stripe", "stripe_webhook_secret", "whsec_<a:32>", "whsec_<a:31>"},
    {"OpenAI", "openai_key", "sk-proj-<w:64>", "sk-proj-<w:18>a"},
    {"OpenAI", "openai_key", "sk-<a:20>T3BlbkFJ<a:20>", "sk-<a:16>T3BlbkFJ<a:15>"},
    {"Anthropic", "anthropic_key", "sk-ant-api03-<w:95>", "sk-ant-api03-<w:16>"},
    {"OpenRouter", "openrouter_key", "sk-or-v1-<h:64>", "sk-or-v1-<h:63>"},
    {"Hugging Face", "huggingface_token", "hf_<c:34>", "hf_<c:33>"},
    {"Replicate", "replicate_token", "r8_<a:37>", "r8_<a:36>"},
    {"Groq", "groq_key", "gsk_<a:52>", "gsk_<a:51>"},
    {"xAI", "xai_key", "xai-<a:80>", "xai-<a:79>"},
    {"Perplexity", "perplexity_key", "pplx-<a:48>", "pplx-<a:39>"},
    {"Fireworks", "fireworks_key", "fw_<a:24>", "fw_<a:21>"},
    {"NVIDIA", "nvidia_key", "nvapi-<w:64>", "nvapi-<w:58>a"},
    {"Pinecone", "pinecone_key", "pcsk_<a:6>_<a:63>", "pcsk_<a:6>_<a:59>"},
    {"LangSmith", "langsmith_key", "lsv2_pt_<h:32>_<h:10>", "lsv2_pt_<h:32>_<h:9>"},
    {"Cohere", "cohere_key", "COHERE_API_KEY=|<a:40>", "COHERE_API_KEY=|<a:39>"},
    {"Weights and Biases", "wandb_key", "WANDB_API_KEY=|<h:40>", "WANDB_API_KEY=|<h:39>"},
    {"Twilio", "twilio_key", "SK<h:32>", "SK<h:31>"},
    {"Twilio", "twilio_account_sid", "AC<h:32>", "AC<h:31>"},
    {"SendGrid", "sendgrid_key", "SG.<w:22>.<w:43>", "SG.<w:22>.<w:38>"},
    {"Mailgun", "mailgun_key", "key-<h:32>", "key-<h:31>"},
    {"Mailchimp", "mailchimp_key", "<h:32>-us12", "<h:31>-us12"},
    {"Brevo", "brevo_key", "xkeysib-<h:64>-<a:16>", "xkeysib-<h:63>-<a:16>"},
    {"Resend", "resend_key", "re_<a:8>_<a:24>", "re_<a:8>_<a:19>"},
    {"npm", "npm_token", "npm_<a:36>", "npm_<a:35>"},
    {"PyPI", "pypi_token", "pypi-AgE<w:100>", "pypi-AgE<w:49>"},
    {"RubyGems", "rubygems_key", "rubygems_<h:48>", "rubygems_<h:47>"},
    {"crates.io", "crates_token", "cio<a:32>", "cio<a:31>"},
    {"NuGet", "nuget_key", "oy2<l:43>", "oy2<l:42>"},
    {"Docker", "docker_token", "dckr_pat_<w:27>", "dckr_pat_<w:25>a"},
    {"DigitalOcean", "digitalocean_token", "dop_v1_<h:64>", "dop_v1_<h:63>"},
    {"Heroku", "heroku_key", "HRKU-<h:8>-<h:4>-<h:4>-<h:4>-<h:12>", "HRKU-<h:8>-<h:4>-<h:4>-<h:4>-<h:11>"},
    {"Heroku", "heroku_key", "HEROKU_API_KEY=|<h:8>-<h:4>-<h:4>-<h:4>-<h:12>",
     "HEROKU_API_KEY=|<h:8>-<h:4>-<h:4>-<h:4>-<h:11>"},
    {"Cloudflare", "cloudflare_key", "v1.0-<h:24>-<h:146>", "v1.0-<h:24>-<h:145>"},
    {"Cloudflare", "cloudflare_token", "CLOUDFLARE_API_TOKEN=|<w:40>", "CLOUDFLARE_API_TOKEN=|<w:35>a"},
    {"Microsoft Azure", "azure_storage_key", "AccountKey=<b:86>==", "AccountKey=<b:79>"},
    {"Microsoft Azure", "azure_client_secret", "<a:3>8Q~<w:34>", "<a:3>8Q~<w:29>a"},
    {"Azure DevOps", "azure_devops_token", "<a:76>AZDO<a:4>", "<a:75>AZDO<a:4>"},
    {"Databricks", "databricks_token", "dapi<h:32>", "dapi<h:31>"},
    {"HashiCorp Vault", "hashicorp_vault_token", "hvs.<w:90>", "hvs.<w:22>a"},
    {"Terraform", "terraform_token", "<a:14>.atlasv1.<w:67>", "<a:14>.atlasv1.<w:59>"},
    {"Pulumi", "pulumi_token", "pul-<h:40>", "pul-<h:39>"},
    {"Doppler", "doppler_token", "dp.pt.<a:43>", "dp.pt.<a:39>"},
    {"Prefect", "prefect_key", "pnu_<a:36>", "pnu_<a:35>"},
    {"Confluent", "confluent_secret", "CONFLUENT_API_SECRET=|<b:64>", "CONFLUENT_API_SECRET=|<b:63>"},
    {"Tailscale", "tailscale_key", "tskey-auth-k<a:11>CNTRL-<a:32>", "tskey-auth-k<a:11>CNTRL-<a:19>"},
    {"Okta", "okta_token", "OKTA_API_TOKEN=|00<w:40>", "OKTA_API_TOKEN=|00<w:38>a"},
    {"Grafana", "grafana_token", "glsa_<a:32>_<h:8>", "glsa_<a:32>_<h:7>"},
    {"Grafana", "grafana_token", "glc_<b:80>", "glc_<b:31>"},
    {"Datadog", "datadog_key", "DD_API_KEY=|<h:32>", "DD_API_KEY=|<h:31>"},
    {"New Relic", "newrelic_key", "NRAK-<u:27>", "NRAK-<u:18>"},
    {"Sentry", "sentry_token", "sntrys_<w:120>", "sntrys_<w:63>"},
    {"Dynatrace", "dynatrace_token", "dt0c01.<u:24>.<u:64>", "dt0c01.<u:24>.<u:63>"},
    {"PagerDuty", "pagerduty_key", "PAGERDUTY_TOKEN=|u+<w:18>", "PAGERDUTY_TOKEN=|z+<w:18>"},
    {"Atlassian", "atlassian_token", "ATATT3<w:180>", "ATATT3<w:99>"},
    {"Bitbucket", "atlassian_token", "ATBB<a:32>", "ATBB<a:27>"},
    {"Linear", "linear_key", "lin_api_<a:40>", "lin_api_<a:31>"},
    {"Notion", "notion_token", "ntn_<a:46>", "ntn_<a:39>"},
    {"Notion", "notion_token", "secret_<a:43>", "secret_<a:42>"},
    {"Asana", "asana_token", "1/<d:16>:<h:32>", "1/<d:16>:<h:31>"},
    {"Airtable", "airtable_token", "pat<a:14>.<h:64>", "pat<a:13>.<h:64>"},
    {"Figma", "figma_token", "figd_<w:40>", "figd_<w:38>a"},
    {"Postman", "postman_key", "PMAK-<h:24>-<h:34>", "PMAK-<h:24>-<h:33>"},
    {"Shopify", "shopify_token", "shpat_<h:32>", "shpat_<h:31>"},
    {"Square", "square_token", "sq0atp-<w:22>", "sq0atp-<w:20>a"},
    {"Square", "square_token", "EAAA<w:60>", "EAAA<w:58>a"},
    {"Braintree", "paypal_braintree_token", "access_token$production$<l:16>$<h:32>",
     "access_token$production$<l:16>$<h:31>"},
    {"Plaid", "plaid_token", "access-production-<h:8>-<h:4>-<h:4>-<h:4>-<h:12>",
     "access-production-<h:8>-<h:4>-<h:4>-<h:4>-<h:11>"},
    {"Razorpay", "razorpay_key", "rzp_live_<a:14>", "rzp_live_<a:13>"},
    {"Shippo", "shippo_token", "shippo_live_<h:40>", "shippo_live_<h:39>"},
    {"EasyPost", "easypost_token", "EZAK<a:54>", "EZAK<a:53>"},
    {"Duffel", "duffel_token", "duffel_live_<w:43>", "duffel_live_<w:41>a"},
    {"Facebook", "facebook_token", "EAA<a:120>", "EAA<a:59>"},
    {"LinkedIn", "linkedin_secret", "WPL_AP1.<a:16>.<a:6>==", "WPL_AP1.<a:15>.<a:6>=="},
    {"Discord", "discord_token", "M<a:25>.<w:6>.<w:38>", "M<a:25>.<w:6>.<w:25>a"},
    {"Discord", "discord_webhook", "https://discord.com/api/webhooks/<d:18>/<w:68>",
     "https://discord.com/api/webhooks/<d:18>/<w:59>"},
    {"Telegram", "telegram_token", "<d:10>:AA<w:33>", "<d:10>:AA<w:30>a"},
    {"Dropbox", "dropbox_token", "sl.<w:140>", "sl.<w:99>"},
    {"Mapbox", "mapbox_token", "sk.eyJ<a:70>.<w:22>", "sk.eyJ<a:70>.<w:18>a"},
    {"Algolia", "algolia_key", "ALGOLIA_ADMIN_KEY=|<h:32>", "ALGOLIA_ADMIN_KEY=|<h:31>"},
    {"Firebase", "firebase_token", "AAAA<w:7>:APA91b<w:134>", "AAAA<w:7>:APA91b<w:99>"},
    {"Supabase", "supabase_key", "sbp_<h:40>", "sbp_<h:30>"},
    {"PlanetScale", "planetscale_token", "pscale_tkn_<w:43>", "pscale_tkn_<w:31>"},
    {"Neon", "neon_key", "napi_<l:64>", "napi_<l:59>"},
    {"Netlify", "netlify_token", "nfp_<a:36>", "nfp_<a:35>"},
    {"Fly.io", "fly_token", "fo1_<w:43>", "fo1_<w:41>a"},
    {"CircleCI", "circleci_token", "CCIPAT_<a:22>_<h:40>", "CCIPAT_<a:22>_<h:39>"},
    {"Buildkite", "buildkite_token", "bkua_<h:40>", "bkua_<h:39>"},
    {"SonarQube", "sonar_token", "squ_<h:40>", "squ_<h:39>"},
    {"JFrog", "artifactory_token", "AKCp<a:69>", "AKCp<a:68>"},
    {"Contentful", "contentful_token", "CFPAT-<w:43>", "CFPAT-<w:41>a"},
    {"Typeform", "typeform_token", "tfp_<w:59>", "tfp_<w:57>a"},
    {"HubSpot", "hubspot_token", "pat-na1-<h:8>-<h:4>-<h:4>-<h:4>-<h:12>",
     "pat-na1-<h:8>-<h:4>-<h:4>-<h:4>-<h:11>"},
    {"Frame.io", "frameio_token", "fio-u-<w:64>", "fio-u-<w:62>a"},
    {"ReadMe", "readme_key", "rdme_<l:70>", "rdme_<l:69>"},
    {"Adafruit", "adafruit_key", "aio_<a:28>", "aio_<a:27>"},
    {"1Password", "onepassword_secret_key", "A3-<u:6>-<u:11>-<u:5>-<u:5>-<u:5>",
     "A3-<u:6>-<u:11>-<u:5>-<u:5>-<u:4>"},
    {"PEM private key", "private_key", "-----BEGIN EC PRIVATE KEY-----\n<b:64>\n-----END EC PRIVATE KEY-----",
     "-----BEGIN EC PUBLIC KEY-----\n<b:64>\n-----END EC PUBLIC KEY-----"},
    {"HTTP bearer header", "bearer_header", "Authorization: |Bearer <w:40>", "Authorization: |Bearer <w:15>"},
    // The first part decodes to {"alg":"HS256","typ":"JWT"}, in the near miss to an object without "alg".
    {"JSON Web Token", "jwt", "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ<a:41>.<w:43>",
     "eyJ0eXAiOiJKV1QifQ.eyJ<a:41>.<w:43>"},
};

constexpr int kRounds = 64;  // as many as the largest set has characters

std::string_view set_of(char name) {
    static constexpr std::string_view kAll = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    switch (name) {
        case 'd':
            return kAll.substr(0, 10);
        case 'h':
            return kAll.substr(0, 16);
        case 'l':
            return kAll.substr(0, 36);
        case 'u':
            return "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
        case 'c':
            return kAll.substr(10);
        case 'a':
            return kAll;
        case 'w':
            return "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-";
        case 'b':
            return "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ+/";
        default:
            std::abort();
    }
}

struct Made {
    std::string lead;
    std::string key;
};

// Every piece ends in the character of its set that the round names, so that all of them come last once.
Made make(std::string_view shape, std::mt19937* random, int round) {
    Made made;
    for (size_t i = 0; i < shape.size(); ++i) {
        if (shape[i] == '|') {
            made.lead.swap(made.key);
        } else if (shape[i] == '<') {
            const std::string_view set = set_of(shape[i + 1]);
            const size_t close = shape.find('>', i);
            const int count = std::stoi(std::string(shape.substr(i + 3, close - i - 3)));
            for (int n = 1; n < count; ++n) made.key += set[(*random)() % set.size()];
            made.key += set[static_cast<size_t>(round) % set.size()];
            i = close;
        } else {
            made.key += shape[i];
        }
    }
    return made;
}

std::vector<SecretFinding> scan(const std::string& text) {
    return scan_secrets(text, derive_views(text, {true, true, false}, nullptr), nullptr);
}

std::string describe(const std::string& text, const std::vector<SecretFinding>& findings) {
    std::string out = text + "\n  found:";
    for (const SecretFinding& found : findings) {
        out += " " + std::string(secret_kinds()[found.kind].name) + " [" +
               text.substr(found.start, found.end - found.start) + "]";
    }
    return out;
}

TEST(SecretFormats, CoverSixtyIssuers) {
    std::set<std::string> issuers;
    for (const Sample& sample : kSamples) {
        issuers.insert(sample.issuer);
        EXPECT_GE(secret_kind(sample.kind), 0) << sample.kind;
    }
    EXPECT_GE(issuers.size(), 60u);
}

TEST(SecretFormats, AreFoundWithTheirExactSpan) {
    static constexpr const char* kSentences[][2] = {{"Deploying with ", " failed at noon."},
                                                    {"According to the log it was ", "."},
                                                    {"connect(\"", "\", 3)"}};
    std::mt19937 random(20240229);
    for (const Sample& sample : kSamples) {
        for (const auto& sentence : kSentences) {
            int missed = 0;
            std::string first;
            for (int round = 0; round < kRounds; ++round) {
                const Made made = make(sample.shape, &random, round);
                const std::string text = sentence[0] + made.lead + made.key + sentence[1];
                const size_t start = text.find(made.key);
                const auto findings = scan(text);
                bool exact = false;
                for (const SecretFinding& found : findings) {
                    exact = exact || (static_cast<int>(found.kind) == secret_kind(sample.kind) &&
                                      found.start == start && found.end == start + made.key.size());
                }
                if (!exact && missed++ == 0) first = describe(text, findings);
            }
            EXPECT_EQ(missed, 0) << sample.issuer << ", " << sample.kind << ", of " << kRounds << ": "
                                 << first;
        }
    }
}

TEST(SecretFormats, AreNotSeenInNearMisses) {
    std::mt19937 random(20240301);
    for (const Sample& sample : kSamples) {
        int taken = 0;
        std::string first;
        for (int round = 0; round < kRounds; ++round) {
            const Made made = make(sample.near_miss, &random, round);
            const std::string text = "Deploying with " + made.lead + made.key + " failed at noon.";
            const auto findings = scan(text);
            for (const SecretFinding& found : findings) {
                if (static_cast<int>(found.kind) == secret_kind(sample.kind) && taken++ == 0)
                    first = describe(text, findings);
            }
        }
        EXPECT_EQ(taken, 0) << sample.issuer << ", " << sample.kind << ", of " << kRounds << ": " << first;
    }
}

}  // namespace
}  // namespace pgprompt
