#include "common/platform/bluesky/streamer.h"

#include <absl/strings/numbers.h>

#include <algorithm>
#include <map>
#include <set>

#include "common/platform/bluesky/api.h"
#include "common/platform/bluesky/jetstream.h"
#include "common/platform/bluesky/record.h"
#include "common/platform/bluesky/session.h"

namespace carillon::bluesky {
namespace {

using platform::GetText;
using platform::Json;

constexpr size_t kProfilesMax = 25;  // of app.bsky.actor.getProfiles
constexpr const char* kCollections[] = {"app.bsky.feed.post", "app.bsky.feed.like",
                                        "app.bsky.feed.repost", "app.bsky.graph.follow"};

class BlueskyStreamer : public platform::Streamer {
 public:
  BlueskyStreamer(http::HttpClient& client, const Clock& clock, std::string url)
      : client_(client), clock_(clock), url_(std::move(url)) {}

  std::string Platform() const override { return "bluesky"; }
  bool IsShared() const override { return true; }
  bool CanPush(const std::string&) const override { return true; }

  Result<platform::StreamPlan> Plan(const platform::StreamAudience&, const std::string& cursor,
                                    absl::Duration) override {
    http::FormFields query;
    for (const char* collection : kCollections) query.emplace_back("wantedCollections", collection);
    int64_t time_us = 0;
    if (absl::SimpleAtoi(cursor, &time_us) && time_us > 0) {
      time_us -= absl::ToInt64Microseconds(kJetstreamRewind);
      query.emplace_back("cursor", std::to_string(std::max<int64_t>(time_us, 1)));
    }
    platform::StreamPlan plan;
    plan.url = url_ + (url_.find('?') == std::string::npos ? "?" : "&") + http::EncodeForm(query);
    return plan;
  }

  Result<platform::StreamEvent> Read(const platform::StreamAudience& audience,
                                     std::string_view text) const override {
    ASSIGN_OR_RETURN(const JetstreamEvent event, ReadJetstream(text));
    return PushedBy(event, audience);
  }

  void Complete(const platform::CollectorAccess& access, std::vector<platform::Pushed>& pushed,
                absl::Duration timeout) override {
    const absl::Duration end = clock_.BootTime() + timeout;
    std::set<std::string> dids;
    for (const platform::Pushed& one : pushed) {
      if (!one.author_id.empty()) dids.insert(one.author_id);
    }
    std::map<std::string, std::pair<std::string, std::string>> names;  // handle, display name
    std::vector<std::string> all(dids.begin(), dids.end());
    for (size_t at = 0; at < all.size(); at += kProfilesMax) {
      http::FormFields query;
      for (size_t i = at; i < std::min(all.size(), at + kProfilesMax); ++i) query.emplace_back("actors", all[i]);
      const auto body = Query(client_, clock_, ReadLent(access.base_url, access.access_token),
                              "app.bsky.actor.getProfiles", query, end - clock_.BootTime());
      if (!body.ok()) break;
      for (const Json& profile : platform::GetMember(*body, "profiles")) {
        names[GetText(profile, "did")] = {GetText(profile, "handle"), GetText(profile, "displayName")};
      }
    }
    for (platform::Pushed& one : pushed) Fill(one, names);
  }

 private:
  static void Fill(platform::Pushed& one,
                   const std::map<std::string, std::pair<std::string, std::string>>& names) {
    if (one.author_id.empty()) return;
    const auto found = names.find(one.author_id);
    if (found == names.end() || found->second.first.empty()) {
      one.is_hint = true;
      return;
    }
    one.author_id.clear();
    std::tie(one.signal.author, one.signal.author_name) = found->second;
    if (!one.signal.status_remote_id.empty()) {
      one.signal.status_url = WebAddress(one.signal.status_remote_id, one.signal.author);
    }
  }

  http::HttpClient& client_;
  const Clock& clock_;
  const std::string url_;
};

}  // namespace

std::unique_ptr<platform::Streamer> MakeStreamer(http::HttpClient& client, const Clock& clock,
                                                 std::string url) {
  return std::make_unique<BlueskyStreamer>(client, clock, std::move(url));
}

}  // namespace carillon::bluesky
