#include "common/platform/x/post_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "common/platform/x/headers.h"

namespace carillon::x {
namespace {

using platform::GetId;
using platform::GetInteger;
using platform::GetMember;
using platform::GetText;
using platform::Json;

// The member by its present or by its former name.
const Json& Renamed(const Json& object, const char* name, const char* old_name) {
  const Json& member = GetMember(object, name);
  return member.is_null() ? GetMember(object, old_name) : member;
}

// Where a post's own picture or video is shown: X's OpenAPI 2.167 gives links of long posts no media_key (PostNotePost). After an edit it may
// still be the page of an earlier version.
bool IsOwnMediaPage(std::string_view url, const Json& post) {
  if (!GetMember(GetMember(post, "attachments"), "media_keys").is_array()) return false;
  const auto is_page_of = [&](const std::string& id) {
    const std::string page = "/status/" + id;
    const size_t at = url.find(page + "/photo/"), video_at = url.find(page + "/video/");
    return !id.empty() && (at != std::string_view::npos || video_at != std::string_view::npos);
  };
  const Json& history = Renamed(post, "edit_history_post_ids", "edit_history_tweet_ids");
  for (const Json& id : history.is_array() ? history : Json::array()) {
    if (id.is_string() && is_page_of(id.get<std::string>())) return true;
  }
  return is_page_of(GetId(post, "id"));
}

std::vector<Link> ReadLinks(const Json& entities, const Json& post) {
  std::vector<std::pair<int64_t, Link>> found;
  const Json& urls = GetMember(entities, "urls");
  if (!urls.is_array()) return {};
  for (const Json& url : urls) {
    Link link{GetText(url, "url"), GetText(url, "expanded_url"), !GetText(url, "media_key").empty()};
    link.is_media = link.is_media || IsOwnMediaPage(link.url, post);
    if (!link.short_url.empty()) found.emplace_back(GetInteger(url, "start"), std::move(link));
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<Link> out;
  for (auto& [start, link] : found) {
    // Four pictures share one link, and are listed four times.
    if (out.empty() || out.back().short_url != link.short_url) out.push_back(std::move(link));
  }
  return out;
}

std::vector<std::string> ReadMentions(const Json& entities) {
  std::vector<std::string> out;
  const Json& mentions = GetMember(entities, "mentions");
  if (!mentions.is_array()) return out;
  for (const Json& mention : mentions) out.push_back(GetId(mention, "id"));
  return out;
}

void ReadReferences(const Json& post, PostView& view) {
  const Json& references = Renamed(post, "referenced_posts", "referenced_tweets");
  if (!references.is_array()) return;
  for (const Json& reference : references) {
    const std::string type = GetText(reference, "type");
    if (type == "replied_to") view.reply_to_id = GetId(reference, "id");
    if (type == "quoted") view.quoted_id = GetId(reference, "id");
    if (type == "retweeted" || type == "reposted") view.is_repost = true;
  }
}

Result<const Json*> ListOf(const Json& body) {
  static const Json none = Json::array();
  const Json& data = GetMember(body, "data");
  if (data.is_null() && GetInteger(GetMember(body, "meta"), "result_count", -1) == 0) return &none;
  if (!data.is_array()) return MakeStatus(Code::kUnavailable, "X sent no list of posts");
  return &data;
}

}  // namespace

std::string PostFields() {
  return "id,text,created_at,entities,attachments,conversation_id,note_post,public_metrics";
}

int64_t CountOf(const Json& metrics, const std::string& name, const char* old_name) {
  return platform::GetCount(metrics, GetMember(metrics, name.c_str()).is_null() && *old_name != '\0'
                                         ? old_name
                                         : name.c_str());
}

Result<PostView> ReadPost(const Json& post, const platform::Facts& facts) {
  PostView view;
  view.id = GetId(post, "id");
  const std::optional<absl::Time> created_at = ParseTime(GetText(post, "created_at"));
  if (view.id.empty() || !created_at) {
    return MakeStatus(Code::kUnavailable, "X sent a post without id or created_at");
  }
  view.created_at = *created_at;
  // A long post has its whole text in here, and its start in "text".
  const Json& note = Renamed(post, "note_post", "note_tweet");
  const bool is_long = !GetText(note, "text").empty();
  view.raw_text = GetText(is_long ? note : post, "text");
  const Json& entities = GetMember(is_long ? note : post, "entities");
  view.links = ReadLinks(entities, post);
  view.mentioned_ids = ReadMentions(entities);
  view.author_id = GetId(post, "author_id");
  view.reply_to_author_id = GetId(post, "in_reply_to_user_id");
  view.conversation_id = GetId(post, "conversation_id");
  ReadReferences(post, view);
  const Json& media = GetMember(GetMember(post, "attachments"), "media_keys");
  if (media.is_array()) view.media_count = static_cast<int>(media.size());
  const Json& polls = GetMember(GetMember(post, "attachments"), "poll_ids");
  view.has_poll = polls.is_array() && !polls.empty();
  const Json& metrics = GetMember(post, "public_metrics");
  view.has_counts = metrics.is_object();
  view.likes = CountOf(metrics, facts.Text("metric.likes"));
  view.reposts = CountOf(metrics, facts.Text("metric.reposts"), "retweet_count");
  view.replies = CountOf(metrics, facts.Text("metric.replies"));
  view.quotes = CountOf(metrics, facts.Text("metric.quotes"));
  if (const std::string& name = facts.Text("metric.impressions"); GetMember(metrics, name.c_str()).is_number()) {
    view.impressions = CountOf(metrics, name);
  }
  return view;
}

Result<std::vector<PostView>> ReadPosts(const Json& body, const platform::Facts& facts, platform::Unreadable* unreadable) {
  ASSIGN_OR_RETURN(const Json* posts, ListOf(body));
  return platform::ReadEach(*posts, unreadable, [&](const Json& post) { return ReadPost(post, facts); });
}

std::string Unescaped(std::string_view text) {
  constexpr std::pair<std::string_view, char> kEscapes[] = {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}};
  std::string out;
  while (!text.empty()) {
    const auto* escape = std::find_if(std::begin(kEscapes), std::end(kEscapes),
                                      [&](const auto& e) { return text.starts_with(e.first); });
    const bool escaped = escape != std::end(kEscapes);
    out += escaped ? escape->second : text.front();
    text.remove_prefix(escaped ? escape->first.size() : 1);
  }
  return out;
}

std::string PlainText(const PostView& post) {
  std::string out;
  std::string_view rest = post.raw_text;
  for (const Link& link : post.links) {
    const size_t at = rest.find(link.short_url);
    if (at == std::string_view::npos) continue;
    out += Unescaped(rest.substr(0, at));
    if (!link.is_media) out += link.url.empty() ? link.short_url : link.url;
    rest.remove_prefix(at + link.short_url.size());
  }
  out += Unescaped(rest);
  while (!out.empty() && (out.back() == ' ' || out.back() == '\n')) out.pop_back();
  return out;
}

}  // namespace carillon::x
