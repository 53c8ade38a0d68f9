#include "common/http/url_guard.h"

#include <gtest/gtest.h>

namespace carillon::http {
namespace {

struct UrlCase {
  const char* url;
  const char* reason;  // "" is accepted
};

class UrlGuard : public testing::TestWithParam<UrlCase> {};

TEST_P(UrlGuard, JudgesTheText) {
  const auto result = CheckUrl(GetParam().url, false);
  EXPECT_EQ(ReasonOf(result.status()), GetParam().reason)
      << GetParam().url << ": " << ToString(result.status());
  EXPECT_EQ(result.ok(), std::string(GetParam().reason).empty());
}

INSTANTIATE_TEST_SUITE_P(
    Table, UrlGuard,
    testing::Values(
        UrlCase{"https://mastodon.social", ""}, UrlCase{"https://mastodon.social:8443/a?b=c", ""},
        UrlCase{"https://8.8.8.8/", ""}, UrlCase{"https://[2a00:1450:4001::1]/", ""},
        UrlCase{"http://mastodon.social", "BAD_URL"}, UrlCase{"ftp://mastodon.social", "BAD_URL"},
        UrlCase{"file:///etc/passwd", "BAD_URL"}, UrlCase{"gopher://mastodon.social", "BAD_URL"},
        UrlCase{"mastodon.social", "BAD_URL"}, UrlCase{"", "BAD_URL"},
        UrlCase{"https://", "BAD_URL"}, UrlCase{"https://user:pass@mastodon.social", "BAD_URL"},
        UrlCase{"https://user@mastodon.social", "BAD_URL"},
        UrlCase{"https://mastodon.social@127.0.0.1/", "BAD_URL"},
        UrlCase{"https://a.example:99999/", "BAD_URL"},
        UrlCase{"https://127.0.0.1/", "PRIVATE_ADDRESS"},
        UrlCase{"https://127.1/", "PRIVATE_ADDRESS"},
        UrlCase{"https://2130706433/", "PRIVATE_ADDRESS"},
        UrlCase{"https://0x7f000001/", "PRIVATE_ADDRESS"},
        UrlCase{"https://0177.0.0.1/", "PRIVATE_ADDRESS"},
        UrlCase{"https://0x7f.0.0.1/", "PRIVATE_ADDRESS"},
        UrlCase{"https://10.1.2.3/", "PRIVATE_ADDRESS"},
        UrlCase{"https://172.31.0.1/", "PRIVATE_ADDRESS"},
        UrlCase{"https://192.168.1.1/", "PRIVATE_ADDRESS"},
        UrlCase{"https://169.254.169.254/", "PRIVATE_ADDRESS"},
        UrlCase{"https://100.64.0.1/", "PRIVATE_ADDRESS"},
        UrlCase{"https://0.0.0.0/", "PRIVATE_ADDRESS"},
        UrlCase{"https://224.0.0.1/", "PRIVATE_ADDRESS"},
        UrlCase{"https://255.255.255.255/", "PRIVATE_ADDRESS"},
        UrlCase{"https://168.63.129.16/", "PRIVATE_ADDRESS"},
        UrlCase{"https://[::1]/", "PRIVATE_ADDRESS"}, UrlCase{"https://[::]/", "PRIVATE_ADDRESS"},
        UrlCase{"https://[::ffff:127.0.0.1]/", "PRIVATE_ADDRESS"},
        UrlCase{"https://[::ffff:7f00:1]/", "PRIVATE_ADDRESS"},
        UrlCase{"https://[fe80::1]/", "PRIVATE_ADDRESS"},
        UrlCase{"https://[fd00:ec2::254]/", "PRIVATE_ADDRESS"},
        UrlCase{"https://[64:ff9b::7f00:1]/", "PRIVATE_ADDRESS"},
        UrlCase{"https://[2002:7f00:1::]/", "PRIVATE_ADDRESS"},
        UrlCase{"https://[ff02::1]/", "PRIVATE_ADDRESS"},
        UrlCase{"https://localhost/", "PRIVATE_ADDRESS"},
        UrlCase{"https://LOCALHOST:443/", "PRIVATE_ADDRESS"},
        UrlCase{"https://a.localhost./", "PRIVATE_ADDRESS"},
        UrlCase{"https://metadata.google.internal/", "PRIVATE_ADDRESS"}));

TEST(UrlGuardTest, OperatorMayAllowPrivateAddressesAndHttp) {
  auto url = CheckUrl("http://127.0.0.1:8080/api?x=1", true);
  ASSERT_TRUE(url.ok()) << ToString(url.status());
  EXPECT_EQ(url->origin, "http://127.0.0.1:8080");
  EXPECT_EQ(url->port, 8080);
  EXPECT_EQ(CheckUrl("https://Example.ORG:443/", true)->origin, "https://example.org");
  EXPECT_EQ(CheckUrl("http://[::1]:81/", true)->origin, "http://[::1]:81");
  EXPECT_FALSE(CheckUrl("http://a:b@127.0.0.1/", true).ok());
}

TEST(UrlGuardTest, AnErrorNeverRepeatsCredentials) {
  const auto result = CheckUrl("https://user:hunter2@mastodon.social", false);
  EXPECT_EQ(ToString(result.status()).find("hunter2"), std::string::npos);
}

TEST(UrlGuardTest, AddressRangesEndWhereTheyShould) {
  EXPECT_TRUE(IsPublicAddressText("172.15.255.255"));
  EXPECT_FALSE(IsPublicAddressText("172.16.0.0"));
  EXPECT_FALSE(IsPublicAddressText("172.31.255.255"));
  EXPECT_TRUE(IsPublicAddressText("172.32.0.0"));
  EXPECT_TRUE(IsPublicAddressText("100.63.255.255"));
  EXPECT_TRUE(IsPublicAddressText("100.128.0.0"));
  EXPECT_TRUE(IsPublicAddressText("::ffff:8.8.8.8"));
  EXPECT_FALSE(IsPublicAddressText("fc00::1"));
  EXPECT_FALSE(IsPublicAddressText("2001:db8::1"));
  EXPECT_FALSE(IsPublicAddressText("2001::1"));
  EXPECT_TRUE(IsPublicAddressText("2001:4860:4860::8888"));
  EXPECT_FALSE(IsPublicAddressText("not an address"));
}

}  // namespace
}  // namespace carillon::http
