#include <gtest/gtest.h>

#include "common/base/testing/fake_clock.h"
#include "services/listener/collectors/registry.h"
#include "services/publisher/connectors/registry.h"
#include "tests/unit/mastodon/fake_http.h"

namespace carillon {
namespace {

TEST(Registries, FindByPlatform) {
  carillon::testing::FakeClock clock;
  http::testing::FakeHttpClient client;
  const auto connectors = publisher::ConnectorRegistry::MakeAll(client, clock);
  const auto collectors = listener::CollectorRegistry::MakeAll(client, clock);
  ASSERT_TRUE(connectors.Find("mastodon").ok());
  EXPECT_EQ((*connectors.Find("mastodon"))->Platform(), "mastodon");
  ASSERT_TRUE(collectors.Find("mastodon").ok());
  EXPECT_EQ((*collectors.Find("mastodon"))->Platform(), "mastodon");
  EXPECT_EQ(ReasonOf(connectors.Find("myspace").status()), "UNKNOWN_PLATFORM");
  EXPECT_EQ(ReasonOf(collectors.Find("myspace").status()), "UNKNOWN_PLATFORM");
  // Whoever connects can be read, too.
  EXPECT_EQ(connectors.Platforms(), collectors.Platforms());
}

}  // namespace
}  // namespace carillon
