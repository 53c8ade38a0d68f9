#include "services/sandbox/mastodon/render.h"

#include <fmt/format.h>

#include "services/sandbox/mastodon/text.h"

namespace carillon::sandbox::mastodon {
namespace {

using nlohmann::json;

json TimeOrNull(absl::Time time) {
  return time == absl::InfinitePast() ? json(nullptr) : json(IsoTime(time));
}
json IdOrNull(int64_t id) { return id == 0 ? json(nullptr) : json(std::to_string(id)); }

std::string ProfileUrl(const Profile& profile, const std::string& base_url) {
  return profile.host.empty() ? base_url + "/@" + profile.username
                              : "https://" + profile.host + "/@" + profile.username;
}

// Another one has another address; the first has always been the account's.
std::string PictureUrl(const std::string& base_url, std::string_view kind, int64_t account, int number) {
  const std::string more = number == 0 ? "" : fmt::format("-{}", number);
  return fmt::format("{}/{}/{}{}.png", base_url, kind, account, more);
}

std::string NoMentions(const std::string& text, const std::string& base_url) {
  return RenderHtml(text, base_url, [](const std::string&) { return std::nullopt; });
}

json RenderFields(const Profile& profile, const std::string& base_url) {
  json out = json::array();
  for (const auto& [name, value] : profile.fields) {
    const std::string paragraph = NoMentions(value, base_url);
    constexpr size_t kOpen = sizeof("<p>") - 1, kBoth = sizeof("<p></p>") - 1;
    const std::string html = paragraph.size() < kBoth ? "" : paragraph.substr(kOpen, paragraph.size() - kBoth);
    out.push_back({{"name", name}, {"value", html}, {"verified_at", nullptr}});
  }
  return out;
}

json RenderSourceFields(const Profile& profile) {
  json out = json::array();
  for (const auto& [name, value] : profile.fields) {
    out.push_back({{"name", name}, {"value", value}, {"verified_at", nullptr}});
  }
  return out;
}

std::string Extension(const Media& media) {
  const size_t slash = media.content_type.find('/');
  return slash == std::string::npos ? "bin" : media.content_type.substr(slash + 1);
}

json RenderTags(const Post& post, const std::string& base_url) {
  json tags = json::array();
  for (const Entity& entity : FindEntities(post.text)) {
    if (entity.kind == Entity::Kind::kHashtag)
      tags.push_back({{"name", entity.value}, {"url", base_url + "/tags/" + entity.value}});
  }
  return tags;
}

json RenderMentions(const StatusView& status, const std::string& base_url) {
  json mentions = json::array();
  for (const Profile& profile : status.mentions) {
    mentions.push_back({{"id", std::to_string(profile.id)},
                        {"username", profile.username},
                        {"url", ProfileUrl(profile, base_url)},
                        {"acct", profile.acct()}});
  }
  return mentions;
}

std::string StatusUrl(const StatusView& status, const std::string& base_url) {
  return base_url + "/@" + status.account.profile.username + "/" + std::to_string(status.post.id);
}

json RenderPoll(const StatusView& status) {
  if (!status.post.poll) return nullptr;
  const Poll& poll = *status.post.poll;
  json options = json::array();
  for (const std::string& option : poll.options) {
    const bool hidden = poll.hide_totals && !status.poll_ended;
    options.push_back({{"title", option}, {"votes_count", hidden ? json(nullptr) : json(0)}});
  }
  return {{"id", std::to_string(poll.id)},
          {"expires_at", IsoTime(poll.ends_at)},
          {"expired", status.poll_ended},
          {"multiple", poll.multiple},
          {"votes_count", 0},
          {"voters_count", poll.multiple ? json(0) : json(nullptr)},
          {"voted", false},
          {"own_votes", json::array()},
          {"options", std::move(options)},
          {"emojis", json::array()}};
}

// A quote within a quote is told by its id alone.
json RenderQuote(const StatusView& status, const std::string& base_url) {
  if (status.post.quoted == 0) return nullptr;
  if (status.quote) return {{"state", "accepted"}, {"quoted_status", RenderStatus(*status.quote, base_url)}};
  return {{"state", "accepted"}, {"quoted_status_id", std::to_string(status.post.quoted)}};
}

json RenderQuoteApproval(const Post& post) {
  const bool is_open = post.visibility == "public" || post.visibility == "unlisted";
  return {{"automatic", is_open ? json::array({"public"}) : json::array()},
          {"manual", json::array()},
          {"current_user", is_open ? "automatic" : "denied"}};
}

// For those who know no quotes.
std::string QuoteLink(const StatusView& status, const std::string& base_url) {
  if (!status.quote) return "";
  const std::string url = StatusUrl(*status.quote, base_url);
  if (status.post.text.find(url) != std::string::npos) return "";
  return fmt::format(R"(<p class="quote-inline">RE: <a href="{0}" target="_blank" rel="nofollow noopener">{0}</a></p>)", url);
}

std::string Content(const StatusView& status, const std::string& base_url) {
  return QuoteLink(status, base_url) +
         RenderHtml(status.post.text, base_url,
                    [&](const std::string& name) -> std::optional<std::string> {
                      for (const Profile& profile : status.mentions) {
                        if (name == profile.username || name == profile.acct())
                          return ProfileUrl(profile, base_url);
                      }
                      return std::nullopt;
                    });
}

}  // namespace

json RenderAccount(const AccountView& account, const std::string& base_url) {
  const Profile& profile = account.profile;
  const std::string picture = PictureUrl(base_url, "avatars", profile.id, profile.avatar);
  const std::string header =
      profile.header == 0 ? base_url + "/headers/missing.png" : PictureUrl(base_url, "headers", profile.id, profile.header);
  const bool has_status = account.last_status_at != absl::InfinitePast();
  return {{"id", std::to_string(profile.id)},
          {"username", profile.username},
          {"acct", profile.acct()},
          {"display_name", profile.display_name},
          {"locked", false},
          {"bot", false},
          {"discoverable", true},
          {"indexable", false},
          {"group", false},
          {"created_at",
           absl::FormatTime("%Y-%m-%dT00:00:00.000Z", profile.created_at, absl::UTCTimeZone())},
          {"note", NoMentions(profile.note, base_url)},
          {"url", ProfileUrl(profile, base_url)},
          {"uri", base_url + "/users/" + profile.username},
          {"avatar", picture},
          {"avatar_static", picture},
          {"avatar_description", ""},
          {"header", header},
          {"header_static", header},
          {"header_description", ""},
          {"followers_count", account.followers},
          {"following_count", account.following},
          {"statuses_count", account.statuses},
          {"last_status_at", has_status ? json(absl::FormatTime("%Y-%m-%d", account.last_status_at,
                                                                absl::UTCTimeZone()))
                                        : json(nullptr)},
          {"hide_collections", nullptr},
          {"noindex", false},
          {"emojis", json::array()},
          {"roles", json::array()},
          {"fields", RenderFields(profile, base_url)}};
}

json RenderCredentialAccount(const AccountView& account, const std::string& base_url) {
  json out = RenderAccount(account, base_url);
  out["source"] = {{"privacy", "public"},
                   {"sensitive", false},
                   {"language", "en"},
                   {"note", account.profile.note},
                   {"fields", RenderSourceFields(account.profile)},
                   {"follow_requests_count", 0},
                   {"indexable", false},
                   {"discoverable", true},
                   {"hide_collections", nullptr},
                   {"attribution_domains", json::array()},
                   {"quote_policy", "public"}};
  out["role"] = {
      {"id", "-99"}, {"name", ""}, {"permissions", "65536"}, {"color", ""}, {"highlighted", false}};
  return out;
}

json RenderMedia(const Media& media, const std::string& base_url, bool is_ready) {
  const std::string url =
      fmt::format("{}/media/{}/original.{}", base_url, media.id, Extension(media));
  return {{"id", std::to_string(media.id)},
          {"type", media.type},
          {"url", is_ready ? json(url) : json(nullptr)},
          {"preview_url", is_ready ? json(fmt::format("{}/media/{}/small.{}", base_url, media.id,
                                                      Extension(media)))
                                   : json(nullptr)},
          {"remote_url", nullptr},
          {"meta", {{"focus", {{"x", media.focus_x}, {"y", media.focus_y}}}}},
          {"description", media.description.empty() ? json(nullptr) : json(media.description)},
          {"blurhash", nullptr}};
}

json RenderStatus(const StatusView& status, const std::string& base_url) {
  const Post& post = status.post;
  const std::string id = std::to_string(post.id);
  const std::string& username = status.account.profile.username;
  json media = json::array();
  for (const Media& one : status.media) media.push_back(RenderMedia(one, base_url, true));
  return {{"id", id},
          {"created_at", IsoTime(post.created_at)},
          {"in_reply_to_id", IdOrNull(post.in_reply_to)},
          {"in_reply_to_account_id", IdOrNull(post.in_reply_to_account)},
          {"sensitive", post.sensitive},
          {"spoiler_text", post.spoiler_text},
          {"visibility", post.visibility},
          {"language", post.language.empty() ? json(nullptr) : json(post.language)},
          {"uri", base_url + "/users/" + username + "/statuses/" + id},
          {"url", StatusUrl(status, base_url)},
          {"replies_count", post.reply_count()},
          {"reblogs_count", post.reblogs()},
          {"favourites_count", post.favourites()},
          {"quotes_count", post.quotes.size()},
          {"edited_at", TimeOrNull(post.edited_at)},
          {"favourited", status.favourited},
          {"reblogged", status.reblogged},
          {"muted", false},
          {"bookmarked", false},
          {"pinned", false},
          {"filtered", json::array()},
          {"content", Content(status, base_url)},
          {"reblog", status.reblog ? RenderStatus(*status.reblog, base_url) : json(nullptr)},
          {"account", RenderAccount(status.account, base_url)},
          {"media_attachments", std::move(media)},
          {"mentions", RenderMentions(status, base_url)},
          {"tags", RenderTags(post, base_url)},
          {"emojis", json::array()},
          {"card", nullptr},
          {"poll", RenderPoll(status)},
          {"quote", RenderQuote(status, base_url)},
          {"quote_approval", RenderQuoteApproval(post)}};
}

json RenderNotification(const NotificationView& view, const std::string& base_url) {
  const Notification& one = view.notification;
  json out = {{"id", std::to_string(one.id)},
              {"type", one.type},
              {"created_at", IsoTime(one.created_at)},
              {"group_key", "ungrouped-" + std::to_string(one.id)},
              {"account", RenderAccount(view.from, base_url)}};
  if (view.status) out["status"] = RenderStatus(*view.status, base_url);
  return out;
}

}  // namespace carillon::sandbox::mastodon
