#include "common/platform/x/private_metrics.h"

#include <absl/strings/str_join.h>

#include <algorithm>
#include <unordered_map>

#include "common/platform/json.h"
#include "common/platform/x/post_view.h"

namespace carillon::x {
namespace {

using platform::GetMember;
using platform::Json;

constexpr size_t kPostsMax = 100;  // of GET /2/tweets

std::optional<int64_t> TryCount(const Json& metrics, const std::string& name) {
  if (!GetMember(metrics, name.c_str()).is_number()) return std::nullopt;
  return CountOf(metrics, name);
}

}  // namespace

void AddPrivateMetrics(http::HttpClient& client, const Clock& clock, const platform::Facts& facts, const Access& access,
                       std::vector<platform::MetricSnapshot>& posts, absl::Duration timeout) {
  const absl::Duration end = clock.BootTime() + timeout;
  // A minute before X's own end: clocks differ.
  const absl::Time oldest = clock.Now() - facts.Seconds("policy.private_metrics_age_max_s") + absl::Minutes(1);
  std::unordered_map<std::string, platform::MetricSnapshot*> young;
  std::vector<std::string> ids;
  for (platform::MetricSnapshot& post : posts) {
    if (post.posted_at <= oldest) continue;
    young[post.post_remote_id] = &post;
    ids.push_back(post.post_remote_id);
  }
  for (size_t from = 0; from < ids.size(); from += kPostsMax) {
    const auto to = ids.begin() + std::min(ids.size(), from + kPostsMax);
    const http::FormFields query = {{"ids", absl::StrJoin(ids.begin() + from, to, ",")}, {"post.fields", "id,non_public_metrics"}};
    const Result<Answer> answer = Get(client, clock, access, "/2/tweets", query, end - clock.BootTime());
    if (!answer.ok()) return;
    const Json& data = GetMember(answer->body, "data");
    if (!data.is_array()) continue;
    for (const Json& one : data) {
      const auto post = young.find(platform::GetId(one, "id"));
      if (post == young.end()) continue;
      const Json& metrics = GetMember(one, "non_public_metrics");
      post->second->link_clicks = TryCount(metrics, facts.Text("metric.link_clicks"));
      post->second->profile_clicks = TryCount(metrics, facts.Text("metric.profile_clicks"));
    }
  }
}

}  // namespace carillon::x
