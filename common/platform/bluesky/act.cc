#include "common/platform/bluesky/act.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/atproto_syntax/at_uri.h"
#include "common/atproto_syntax/tid.h"
#include "common/base/ids.h"
#include "common/platform/act.h"
#include "common/platform/bluesky/errors.h"
#include "common/platform/bluesky/record.h"
#include "common/platform/outcome.h"
#include "common/platform/redact.h"

namespace carillon::bluesky {
namespace {

using platform::Action;
using platform::GetMember;
using platform::GetText;
using platform::Json;
using Kind = platform::PublishOutcome::Kind;

constexpr size_t kHiddenMax = 300;  // lexicon app.bsky.feed.threadgate
constexpr int64_t kKeysFrom = 1'672'531'200'000'000;  // 2023-01-01

bool IsLike(Action action) { return action == Action::kLike || action == Action::kUnlike; }

std::string TimeText(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", time, absl::UTCTimeZone());
}

Json DeletionOf(std::string_view collection, const std::string& key) {
  return {{"$type", "com.atproto.repo.applyWrites#delete"}, {"collection", collection}, {"rkey", key}};
}

class Actor {
 public:
  Actor(http::HttpClient& client, const Clock& clock, const platform::ActRequest& request,
        const std::string& did, const Access& access)
      : client_(client), clock_(clock), request_(request), did_(did), access_(access),
        end_(clock.BootTime() + request.timeout) {}

  platform::PublishOutcome Run() {
    switch (request_.action) {
      case Action::kDelete: return DeletePost();
      case Action::kLike:
      case Action::kRepost: return React();
      case Action::kUnlike:
      case Action::kUnrepost: return TakeBack();
      case Action::kHide:
      case Action::kUnhide: return Hide();
      case Action::kEdit: break;
    }
    return platform::NotOffered("Bluesky shows a post as it was first indexed");
  }

 private:
  absl::Duration Left() const { return end_ - clock_.BootTime(); }
  const char* Collection() const { return IsLike(request_.action) ? "app.bsky.feed.like" : "app.bsky.feed.repost"; }
  platform::PublishOutcome Done() const { return platform::Done({}, request_); }

  platform::PublishOutcome Send(const char* nsid, const Json& input) {
    http::HttpRequest http = MakeProcedure(access_, nsid, input);
    http.has_effect = true;
    http.before_first_byte = request_.may_send;
    http.deadline = Left();
    if (http.deadline <= absl::ZeroDuration()) return platform::NotSent("reading what it is about took all the time");
    return ClassifyAct(Exchange(client_, clock_, access_, std::move(http)), request_, access_, clock_.Now());
  }
  platform::PublishOutcome DeleteRecord(std::string_view collection, std::string_view key) {
    return Send("com.atproto.repo.deleteRecord", {{"repo", did_}, {"collection", collection}, {"rkey", key}});
  }
  platform::PublishOutcome PutRecord(std::string_view collection, std::string_view key, Json record, Json swap) {
    return Send("com.atproto.repo.putRecord", {{"repo", did_},
                                               {"collection", collection},
                                               {"rkey", key},
                                               {"record", std::move(record)},
                                               {"swapRecord", std::move(swap)}});
  }

  platform::PublishOutcome DeletePost() {
    const auto uri = atproto_syntax::ParseAtUri(request_.target_remote_id);
    if (!uri || uri->authority != did_ || uri->collection != kPostCollection || uri->record_key.empty()) {
      return platform::NotOffered(fmt::format("'{}' is no post of this account", request_.target_remote_id));
    }
    const std::string& key = uri->record_key;
    // Who may reply to it is a record of its own, which goes with it: in one commit, which is refused as a whole where one of them is not there.
    const auto gate = Record(kGateCollection, key);
    if (!gate.ok()) return platform::RefusedBefore(gate.status());
    if (gate->is_null()) return DeleteRecord(kPostCollection, key);
    const auto post = Record(kPostCollection, key);
    if (!post.ok()) return platform::RefusedBefore(post.status());
    if (post->is_null()) return DeleteRecord(kGateCollection, key);
    const Json writes = Json::array({DeletionOf(kPostCollection, key), DeletionOf(kGateCollection, key)});
    return Send("com.atproto.repo.applyWrites", {{"repo", did_}, {"writes", writes}});
  }

  // The post as the account sees it; a null if it is gone.
  Result<Json> Post() {
    ASSIGN_OR_RETURN(const Json body, Query(client_, clock_, access_, "app.bsky.feed.getPosts",
                                            {{"uris", request_.target_remote_id}}, Left()));
    const Json& posts = GetMember(body, "posts");
    return posts.is_array() && !posts.empty() ? posts[0] : Json();
  }
  // A null if there is none.
  Result<Json> Record(std::string_view collection, const std::string& key) {
    auto record = Query(client_, clock_, access_, "com.atproto.repo.getRecord",
                        {{"repo", did_}, {"collection", std::string(collection)}, {"rkey", key}}, Left());
    if (ReasonOf(record.status()) == "RECORD_NOT_FOUND") return Json();
    return record;
  }

  // The key of a like or repost that was given elsewhere; "" if there is none.
  std::string ElsewhereKey(const Json& post) const {
    const auto uri = atproto_syntax::ParseAtUri(
        GetText(GetMember(post, "viewer"), IsLike(request_.action) ? "like" : "repost"));
    if (!uri || uri->authority != did_ || uri->collection != Collection()) return "";
    return uri->record_key == ReactionKey(request_.target_remote_id) ? "" : uri->record_key;
  }

  platform::PublishOutcome React() {
    const auto post = Post();
    if (!post.ok()) return platform::RefusedBefore(post.status());
    if (post->is_null()) return platform::NotOffered("the post is gone");
    if (const std::string key = ElsewhereKey(*post); !key.empty()) {
      // The repository decides: what the account is shown may be old.
      const auto record = Record(Collection(), key);
      if (!record.ok()) return platform::RefusedBefore(record.status());
      if (!record->is_null()) return Done();
    }
    return PutRecord(Collection(), ReactionKey(request_.target_remote_id),
                     {{"$type", Collection()},
                      {"subject", {{"uri", GetText(*post, "uri")}, {"cid", GetText(*post, "cid")}}},
                      {"createdAt", TimeText(request_.first_sent_at)}},
                     nullptr);
  }

  platform::PublishOutcome TakeBack() {
    const auto post = Post();
    if (!post.ok()) return platform::RefusedBefore(post.status());
    const std::string key = ElsewhereKey(*post);
    return DeleteRecord(Collection(), key.empty() ? ReactionKey(request_.target_remote_id) : key);
  }

  platform::PublishOutcome Hide() {
    const auto post = Post();
    if (!post.ok()) return platform::RefusedBefore(post.status());
    const bool hide = request_.action == Action::kHide;
    if (post->is_null()) return hide ? platform::NotOffered("the post is gone") : Done();
    const std::string root = GetText(GetMember(GetMember(GetMember(*post, "record"), "reply"), "root"), "uri");
    const auto uri = atproto_syntax::ParseAtUri(root);
    if (!uri || uri->authority != did_) {
      return platform::NotOffered("only replies below the account's own posts can be hidden");
    }
    const auto found = Record(kGateCollection, uri->record_key);
    if (!found.ok()) return platform::RefusedBefore(found.status());
    Json gate = GetMember(*found, "value");
    if (!gate.is_object()) {
      gate = {{"$type", kGateCollection}, {"post", root}, {"createdAt", TimeText(request_.first_sent_at)}};
    }
    Json hidden = GetMember(gate, "hiddenReplies");
    if (!hidden.is_array()) hidden = Json::array();
    const auto at = std::find(hidden.begin(), hidden.end(), Json(request_.target_remote_id));
    if ((at != hidden.end()) == hide) return Done();
    if (hide && hidden.size() >= kHiddenMax) {
      return platform::NotOffered(fmt::format("{} replies are hidden below this post already, as many as can be", kHiddenMax));
    }
    if (hide) {
      hidden.push_back(request_.target_remote_id);
    } else {
      hidden.erase(at);
    }
    gate["hiddenReplies"] = std::move(hidden);
    const std::string cid = GetText(*found, "cid");
    return PutRecord(kGateCollection, uri->record_key, std::move(gate), cid.empty() ? Json() : Json(cid));
  }

  http::HttpClient& client_;
  const Clock& clock_;
  const platform::ActRequest& request_;
  const std::string& did_;
  const Access& access_;
  const absl::Duration end_;
};

}  // namespace

platform::PublishOutcome Act(http::HttpClient& client, const Clock& clock, const platform::ActRequest& request,
                             const std::string& did, const Access& access) {
  return Actor(client, clock, request, did, access).Run();
}

std::string ReactionKey(std::string_view uri) {
  // 46 bits of microseconds, some two years, and the clock's 10.
  const auto low = static_cast<uint32_t>(Murmur2(uri));
  const auto high = static_cast<uint32_t>(Murmur2(fmt::format("{}/key", uri)));
  const int64_t bits = (int64_t{high} << 24) ^ low;
  return atproto_syntax::FormatTid({kKeysFrom + (bits >> 10), static_cast<int>(bits & 1023)});
}

platform::PublishOutcome ClassifyAct(const http::HttpOutcome& outcome, const platform::ActRequest& request,
                                     const Access& access, absl::Time now) {
  platform::PublishOutcome out = ClassifyPublish(outcome, access, now);
  if (!outcome.ok()) return out;
  if (outcome.response->ok()) {
    const auto body = platform::ParseJson(outcome.response->body);
    if (body && body->is_object()) return platform::Done(std::move(out), request);
    out.kind = Kind::kUnknown;
    out.error = fmt::format("{} without JSON from {}", outcome.response->status, platform::HostOf(access.base_url));
    return out;
  }
  if (out.error_class != platform::ErrorClass::kDuplicate) return out;
  if (request.action == Action::kLike || request.action == Action::kRepost) {
    return platform::Done(std::move(out), request);
  }
  out.error_class = platform::ErrorClass::kRetryable;
  return out;
}

}  // namespace carillon::bluesky
