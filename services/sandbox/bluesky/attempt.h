// How Bluesky words what publishing.h plays, for writes and for uploads.
#pragma once

#include "services/sandbox/bluesky/xrpc.h"
#include "services/sandbox/json_input.h"
#include "services/sandbox/acting.h"

namespace carillon::sandbox::bluesky {

class BlueskyAttempt : public Attempt {
 public:
  explicit BlueskyAttempt(Bluesky* server) : server_(server) { has_idempotency_keys = false; }

  void Engage(const std::string&) override {}
  http::ServerResponse Refused() override {
    return ErrorAnswer(Invalid("Invalid app.bsky.feed.post record: Record/text is not allowed here"));
  }
  http::ServerResponse Unauthorized(const Fault& fault) override {
    return ErrorAnswer(fault.error == "InvalidToken"
                           ? Invalid("Token could not be verified", "InvalidToken")
                           : Invalid("Token has expired", "ExpiredToken"));
  }
  http::ServerResponse Unavailable() override {
    return ErrorAnswer(Refuse(Code::kUnavailable, "NotEnoughResources", "Not Enough Resources"));
  }
  http::ServerResponse RateLimited(absl::Time reset) override {
    RateState state;
    state.limit = std::max<int64_t>(1, server_->options.points_per_hour);
    state.reset = reset;
    state.window = absl::Hours(1);
    return bluesky::RateLimited(state);
  }

 protected:
  Bluesky* const server_;
};

// What a write that makes or changes no post does, for the ground truth: "like", "unlike", "delete", else the collection's name.
inline std::string ActionOf(const std::string& collection, bool is_delete) {
  if (collection == kLike) return is_delete ? "unlike" : "like";
  if (collection == kRepost) return is_delete ? "unrepost" : "repost";
  if (collection == kPost) return is_delete ? "delete" : "edit";
  return is_delete ? "delete " + collection : collection;
}

// The post that a like, a repost or a threadgate is about.
inline std::string SubjectOf(const nlohmann::json& record, const std::string& otherwise) {
  const std::string subject = TextAt(record, {"subject", "uri"}), post = TextAt(record, {"post"});
  return !subject.empty() ? subject : !post.empty() ? post : otherwise;
}

}  // namespace carillon::sandbox::bluesky
