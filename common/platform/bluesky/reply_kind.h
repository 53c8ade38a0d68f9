// What a post of somebody else's is to an account, from its record alone. Pure.
#pragma once

#include <string>
#include <string_view>

#include "common/platform/collector.h"
#include "common/platform/json.h"

namespace carillon::bluesky {

struct RecordKind {
  platform::SignalKind kind = platform::SignalKind::kReply;
  std::string post_uri;   // of a quote: the account's post
  bool is_named = false;  // the account is mentioned or quoted
};

// The kind that its notification has, and one signal has one kind: who is named is told of a mention, who is quoted of a quote, and only
// else of a reply (bluesky-social/atproto, packages/bsky, notifsForInsert).
RecordKind KindOfReply(const platform::Json& record, std::string_view did);

// "did:plc:x" of "at://did:plc:x/app.bsky.feed.post/k"; empty where it is none.
std::string_view AuthorityOf(std::string_view uri);

}  // namespace carillon::bluesky
