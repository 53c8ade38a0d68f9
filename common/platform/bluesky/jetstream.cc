#include "common/platform/bluesky/jetstream.h"

#include <set>
#include <vector>

#include "common/platform/bluesky/record.h"
#include "common/platform/bluesky/reply_kind.h"
#include "common/platform/keyword.h"

namespace carillon::bluesky {
namespace {

using platform::GetMember;
using platform::GetText;
using platform::Json;
using platform::Pushed;
using platform::SignalKind;

constexpr std::string_view kLikes = "app.bsky.feed.like", kReposts = "app.bsky.feed.repost",
                           kFollows = "app.bsky.graph.follow";

Status Odd(std::string_view what) {
  return MakeStatus(Code::kUnavailable, fmt::format("the Jetstream sent {}", what));
}

std::vector<std::string> TagsOf(const Json& record) {
  std::vector<std::string> out;
  for (const Json& tag : GetMember(record, "tags")) {
    if (tag.is_string()) out.push_back(tag.get<std::string>());
  }
  for (const Json& facet : GetMember(record, "facets")) {
    for (const Json& feature : GetMember(facet, "features")) {
      if (std::string tag = GetText(feature, "tag"); !tag.empty()) out.push_back(std::move(tag));
    }
  }
  return out;
}

// Those whom a post may concern: mentioned, quoted, or answered.
std::set<std::string> NamedIn(const Json& record) {
  std::set<std::string> out;
  for (const Json& facet : GetMember(record, "facets")) {
    for (const Json& feature : GetMember(facet, "features")) out.insert(GetText(feature, "did"));
  }
  const Json& quoted = GetMember(GetMember(record, "embed"), "record");
  const Json& reply = GetMember(record, "reply");
  for (const std::string& uri :
       {GetText(quoted, "uri"), GetText(GetMember(quoted, "record"), "uri"),
        GetText(GetMember(reply, "parent"), "uri"), GetText(GetMember(reply, "root"), "uri")}) {
    out.insert(std::string(AuthorityOf(uri)));
  }
  return out;
}

class Reader {
 public:
  Reader(const JetstreamEvent& event, const platform::StreamAudience& audience)
      : event_(event), audience_(audience) {}

  platform::StreamEvent Run() {
    out_.cursor = std::to_string(event_.time_us);
    if (event_.kind != JetstreamEvent::Kind::kCreate) return std::move(out_);
    const Json& subject = GetMember(event_.record, "subject");
    if (event_.collection == kLikes) {
      React(SignalKind::kFavourite, std::string(AuthorityOf(GetText(subject, "uri"))), GetText(subject, "uri"));
    } else if (event_.collection == kReposts) {
      React(SignalKind::kBoost, std::string(AuthorityOf(GetText(subject, "uri"))), GetText(subject, "uri"));
    } else if (event_.collection == kFollows) {
      React(SignalKind::kFollow, GetText(event_.record, "subject"), "");
    } else if (event_.collection == kPostCollection) {
      Talk();
      Find();
    }
    return std::move(out_);
  }

 private:
  Pushed Make(const platform::CollectorAccess& account, SignalKind kind) const {
    Pushed pushed;
    pushed.account_id = account.account_id;
    pushed.author_id = event_.did;
    pushed.signal.kind = kind;
    pushed.signal.remote_id = event_.Uri();
    pushed.signal.created_at = absl::FromUnixMicros(event_.time_us);
    return pushed;
  }

  template <typename F>
  void EachOf(const std::string& did, const F& take) {
    if (did.empty() || did == event_.did) return;
    const auto [begin, end] = audience_.by_remote_id.equal_range(did);
    for (auto it = begin; it != end; ++it) take(audience_.accounts[it->second]);
  }

  // The post may be another's on which ours is commented: a like of a feed, say, is none of ours.
  void React(SignalKind kind, const std::string& did, const std::string& post_uri) {
    const bool is_post = post_uri.find("/" + std::string(kPostCollection) + "/") != std::string::npos;
    if (kind != SignalKind::kFollow && !is_post) return;
    EachOf(did, [&](const platform::CollectorAccess& account) {
      Pushed pushed = Make(account, kind);
      pushed.signal.post_remote_id = post_uri;
      out_.pushed.push_back(std::move(pushed));
    });
  }

  void FillPost(Pushed& pushed) const {
    pushed.signal.status_remote_id = pushed.signal.remote_id;
    pushed.signal.text = GetText(event_.record, "text");
  }

  void Talk() {
    for (const std::string& did : NamedIn(event_.record)) {
      EachOf(did, [&](const platform::CollectorAccess& account) {
        const RecordKind kind = KindOfReply(event_.record, did);
        Pushed pushed = Make(account, kind.kind);
        FillPost(pushed);
        pushed.signal.post_remote_id = kind.post_uri;
        const Json& reply = GetMember(event_.record, "reply");
        for (const char* above : {"parent", "root"}) {
          const std::string uri = GetText(GetMember(reply, above), "uri");
          if (pushed.signal.post_remote_id.empty() && AuthorityOf(uri) == did && !kind.is_named) {
            pushed.signal.post_remote_id = uri;
          }
        }
        out_.pushed.push_back(std::move(pushed));
      });
    }
  }

  void Find() {
    if (audience_.queries.empty()) return;
    const platform::PostWords words(GetText(event_.record, "text"), TagsOf(event_.record));
    for (const platform::StreamQuery& query : audience_.queries) {
      if (!words.Has(query.term)) continue;
      auto found = std::find_if(out_.pushed.begin(), out_.pushed.end(), [&](const Pushed& one) {
        return !one.terms.empty() && one.account_id == query.account_id;
      });
      if (found != out_.pushed.end()) {
        found->terms.push_back(query.term);
        continue;
      }
      for (const platform::CollectorAccess& account : audience_.accounts) {
        if (account.account_id != query.account_id || account.remote_account_id == event_.did) continue;
        Pushed pushed = Make(account, SignalKind::kKeyword);
        pushed.terms = {query.term};
        FillPost(pushed);
        out_.pushed.push_back(std::move(pushed));
      }
    }
  }

  const JetstreamEvent& event_;
  const platform::StreamAudience& audience_;
  platform::StreamEvent out_;
};

}  // namespace

Result<JetstreamEvent> ReadJetstream(std::string_view line) {
  const auto json = platform::ParseJson(line);
  if (!json || !json->is_object()) return Odd("what is not JSON");
  JetstreamEvent event;
  event.did = GetText(*json, "did");
  event.time_us = platform::GetInteger(*json, "time_us");
  if (!event.did.starts_with("did:") || event.time_us <= 0) return Odd("a line without did or time_us");
  const std::string kind = GetText(*json, "kind");
  if (kind == "identity" || kind == "account") {
    event.kind = kind == "identity" ? JetstreamEvent::Kind::kIdentity : JetstreamEvent::Kind::kAccount;
    return event;
  }
  if (kind != "commit") return Odd("a line of a kind that is not known");
  const Json& commit = GetMember(*json, "commit");
  const std::string operation = GetText(commit, "operation");
  event.collection = GetText(commit, "collection");
  event.rkey = GetText(commit, "rkey");
  if (event.collection.empty() || event.rkey.empty()) return Odd("a commit without collection or key");
  if (operation == "delete") {
    event.kind = JetstreamEvent::Kind::kDelete;
    return event;
  }
  if (operation != "create" && operation != "update") return Odd("a commit without its operation");
  event.kind = operation == "create" ? JetstreamEvent::Kind::kCreate : JetstreamEvent::Kind::kUpdate;
  event.cid = GetText(commit, "cid");
  event.record = GetMember(commit, "record");
  if (!event.record.is_object()) return Odd("a commit without its record");
  return event;
}

platform::StreamEvent PushedBy(const JetstreamEvent& event, const platform::StreamAudience& audience) {
  return Reader(event, audience).Run();
}

}  // namespace carillon::bluesky
