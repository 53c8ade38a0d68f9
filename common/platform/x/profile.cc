#include "common/platform/x/profile.h"

#include <fmt/format.h>

#include "common/platform/redact.h"

namespace carillon::x {
namespace {

using platform::GetMember;
using platform::GetText;
using platform::Json;

constexpr char kFields[] = "description,entities,profile_banner_url,profile_image_url,public_metrics,url";

// The whole one where X tells it.
std::string LinkOf(const Json& user) {
  const Json& urls = GetMember(GetMember(GetMember(user, "entities"), "url"), "urls");
  const std::string whole = urls.is_array() && !urls.empty() ? GetText(urls[0], "expanded_url") : "";
  return whole.empty() ? GetText(user, "url") : whole;
}

}  // namespace

Result<platform::Profile> ReadProfile(http::HttpClient& client, const Clock& clock, const Access& access,
                                      const std::string& remote_account_id, absl::Duration timeout) {
  ASSIGN_OR_RETURN(const Answer answer, Get(client, clock, access, "/2/users/me", {{"user.fields", kFields}}, timeout));
  const Json& user = GetMember(answer.body, "data");
  const Json& metrics = GetMember(user, "public_metrics");
  if (platform::GetId(user, "id") != remote_account_id || !metrics.is_object()) {
    return MakeStatus(Code::kUnavailable, fmt::format("{} did not describe the account {}", platform::HostOf(access.base_url),
                                                      remote_account_id));
  }
  const std::string username = GetText(user, "username"), link = LinkOf(user);
  platform::Profile profile{.username = username,
                            .profile_url = "https://x.com/" + username,
                            .display_name = GetText(user, "name"),
                            .bio = GetText(user, "description"),
                            .avatar_url = GetText(user, "profile_image_url"),
                            .header_url = GetText(user, "profile_banner_url"),
                            .followers = platform::GetCount(metrics, "followers_count"),
                            .following = platform::GetCount(metrics, "following_count")};
  if (!link.empty()) profile.fields.push_back({"Website", link});
  const bool older = GetMember(metrics, "post_count").is_null();
  profile.posts = platform::GetCount(metrics, older ? "tweet_count" : "post_count");
  return profile;
}

}  // namespace carillon::x
