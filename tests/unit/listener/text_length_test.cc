#include "services/listener/api/text_length.h"

#include <gtest/gtest.h>

namespace carillon::listener {
namespace {

TEST(TextLengthTest, CountsAsMastodonDoes) {
  EXPECT_EQ(CountReply("mastodon", "hello", 23), 5);
  EXPECT_EQ(CountReply("mastodon", "@ann@mastodon.example hi", 23), 7);
  EXPECT_EQ(CountReply("mastodon", "@ann@127.0.0.1:4000 hi", 23), 7);
  EXPECT_EQ(CountReply("mastodon", "@ann hi", 23), 7);
  EXPECT_EQ(CountReply("mastodon", "see https://a.example/" + std::string(200, 'x'), 23), 27);
  EXPECT_EQ(CountReply("mastodon", "\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x91\xA7", 23), 1);
  EXPECT_EQ(CountReply("mastodon", "a@b @ c", 23), 7);
}

TEST(TextLengthTest, ElsewhereMentionsCountAsWritten) {
  EXPECT_EQ(CountReply("bluesky", "@ann@a.example", 0), 14);
}

}  // namespace
}  // namespace carillon::listener
