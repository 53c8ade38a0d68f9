// What somebody's post is as a Signal, and one's own as a snapshot. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/platform/collector.h"
#include "common/platform/json.h"
#include "common/platform/x/post_view.h"

namespace carillon::x {

struct Author {
  std::string username;
  std::string name;
};
// The users that an answer brings along, by id.
std::map<std::string, Author> ReadAuthors(const platform::Json& body);

// A reply if it answers a post of ours, or does not name us either (it stands in our thread); else a mention. `is_mention`: X lists it as one,
// whatever it names. Its remote_id is the post's, so the same one is the same signal wherever it was
// seen. Nothing for reposts and for our own. An error for one without an author.
Result<std::optional<platform::Signal>> SignalOf(const PostView& post,
                                                 const std::map<std::string, Author>& authors,
                                                 std::string_view own_account_id, bool is_mention);

// An error without counts: they are not nought because X left them out.
Result<std::vector<platform::MetricSnapshot>> SnapshotsOf(const std::vector<PostView>& posts);

}  // namespace carillon::x
