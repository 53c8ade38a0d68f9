#include "common/platform/x/match.h"

#include <absl/strings/match.h>
#include <fmt/format.h>
#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <set>

#include "common/platform/x/api.h"
#include "common/platform/x/post.h"
#include "common/text/utf8.h"
#include "common/twitter_text/urls.h"

namespace carillon::x {
namespace {

// Stands for a link; no post on X holds this character.
constexpr std::string_view kMark = "\xEF\xBF\xBE";

std::string Comparable(std::string_view text) {
  return text::CollapseSpace(text::NormalizeNfc(text));
}

// Only letters, digits and symbols beyond ASCII: what is left when somebody also took punctuation away.
std::string Loose(std::string_view text) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(text.data());
  const auto size = static_cast<int64_t>(text.size());
  std::string out;
  for (int64_t i = 0; i < size;) {
    const int64_t begin = i;
    UChar32 c;
    U8_NEXT(bytes, i, size, c);
    if (c == 0xFFFE) continue;
    const bool kept = c >= 0x80 ? !u_isUWhiteSpace(c) && !u_ispunct(c) : u_isalnum(c) != 0;
    if (kept) out.append(text, begin, i - begin);
  }
  return out;
}

std::string_view WithoutScheme(std::string_view url) {
  const size_t at = url.find("://");
  return at == std::string_view::npos ? url : url.substr(at + 3);
}

std::string WithoutUrls(const std::string& text) {
  std::string out;
  size_t from = 0;
  for (const text::TextRange& url : twitter_text::FindUrls(text)) {
    out.append(text, from, url.begin - from);
    from = url.end;
  }
  return out + text.substr(from);
}

// X says a scheme where none was written.
std::string WithoutSchemes(std::string text) {
  for (const std::string_view scheme : {"https://", "http://"}) {
    for (size_t at = text.find(scheme); at != std::string::npos; at = text.find(scheme)) {
      text.erase(at, scheme.size());
    }
  }
  return text;
}

// The post's text with a mark for each link but the media's.
struct Pattern {
  std::string text;
  std::vector<std::string> urls;
};

Pattern MakePattern(const PostView& post, bool unescape) {
  const auto literal = [&](std::string_view part) {
    return unescape ? Unescaped(part) : std::string(part);
  };
  Pattern out;
  std::string_view rest = post.raw_text;
  for (const Link& link : post.links) {
    const size_t at = rest.find(link.short_url);
    if (at == std::string_view::npos) continue;
    out.text += literal(rest.substr(0, at));
    if (!link.is_media) {
      out.text += kMark;
      out.urls.push_back(Comparable(link.url.empty() ? link.short_url : link.url));
    }
    rest.remove_prefix(at + link.short_url.size());
  }
  out.text = Comparable(out.text + literal(rest));
  return out;
}

// How much of the start of `text` is `url`, in the longest of the ways to write it; 0: nothing.
size_t UrlAt(std::string_view text, std::string_view url) {
  size_t longest = 0;
  for (std::string_view way : {url, WithoutScheme(url)}) {
    for (const bool slash : {true, false}) {
      std::string tried(way.substr(0, way.ends_with('/') ? way.size() - 1 : way.size()));
      if (slash) tried += '/';
      const std::string_view start = text.substr(0, tried.size());
      if (absl::EqualsIgnoreCase({start.data(), start.size()}, tried)) {
        longest = std::max(longest, tried.size());
      }
    }
  }
  return longest;
}

bool Fits(std::string_view pattern, const std::vector<std::string>& urls, std::string_view text) {
  for (const std::string& url : urls) {
    const size_t mark = pattern.find(kMark);
    if (mark == std::string_view::npos || !text.starts_with(pattern.substr(0, mark))) return false;
    text.remove_prefix(mark);
    pattern.remove_prefix(mark + kMark.size());
    const size_t size = UrlAt(text, url);
    if (size == 0) return false;
    text.remove_prefix(size);
  }
  return pattern == text;
}

// Without "@name " at the start; the same if there is none.
std::string_view WithoutName(std::string_view text) {
  if (!text.starts_with('@')) return text;
  const size_t space = text.find(' ');
  return space == std::string_view::npos ? std::string_view() : text.substr(space + 1);
}

std::string_view WithoutNames(std::string_view text) {
  while (text.starts_with('@')) text = WithoutName(text);
  return text;
}

}  // namespace

Wanted MakeWanted(const platform::PublishContent& content, absl::Time not_before,
                  std::vector<std::string> known_ids) {
  return Wanted{
      .text = Comparable(PostText(content)),
      .reply_to_id = content.in_reply_to_remote_id,
      .quoted_id = QuotedId(content.quoted_remote_id),
      .has_poll = content.poll.has_value(),
      .media_count = static_cast<int>(content.media.size()),
      .not_before = not_before,
      .known_ids = std::move(known_ids),
  };
}

PostView WithoutQuoteLink(PostView post) {
  if (post.quoted_id.empty()) return post;
  for (size_t i = post.links.size(); i > 0; --i) {
    const std::string link = post.links[i - 1].short_url;
    if (QuotedId(post.links[i - 1].url) != post.quoted_id) continue;
    const size_t at = post.raw_text.rfind(link);
    if (at == std::string::npos || at + link.size() != post.raw_text.size()) continue;
    post.raw_text.erase(at);
    post.links.erase(post.links.begin() + static_cast<std::ptrdiff_t>(i) - 1);
    break;
  }
  return post;
}

Match MatchText(const PostView& post, std::string_view wanted, bool is_reply) {
  for (const bool unescape : {true, false}) {
    const Pattern pattern = MakePattern(post, unescape);
    std::string_view text = pattern.text;
    while (true) {
      if (Fits(text, pattern.urls, wanted)) return Match::kYes;
      if (!is_reply || !text.starts_with('@')) break;
      text = WithoutName(text);
    }
  }
  const auto start = [&](std::string_view text) { return is_reply ? WithoutNames(text) : text; };
  const Pattern pattern = MakePattern(post, true);
  const bool same_words = Loose(WithoutUrls(std::string(start(wanted)))) == Loose(start(pattern.text));
  const bool same_whole = Loose(WithoutSchemes(std::string(start(wanted)))) ==
                          Loose(WithoutSchemes(Comparable(start(PlainText(post)))));
  return same_words || same_whole ? Match::kMaybe : Match::kNo;
}

Match MatchPost(const PostView& post, const Wanted& wanted) {
  if (post.is_repost) return Match::kNo;
  if (std::find(wanted.known_ids.begin(), wanted.known_ids.end(), post.id) != wanted.known_ids.end()) {
    return Match::kNo;
  }
  const PostView shown = wanted.quoted_id.empty() ? post : WithoutQuoteLink(post);
  const Match text = MatchText(shown, wanted.text, !wanted.reply_to_id.empty());
  if (text == Match::kNo) return Match::kNo;
  // Another parent is another post's.
  if (!post.reply_to_id.empty() && post.reply_to_id != wanted.reply_to_id) return Match::kNo;
  // A reply whose parent is gone names none, but its conversation is still another post's.
  const bool same_reply = wanted.reply_to_id.empty() ? post.conversation_id == post.id
                                                     : post.reply_to_id == wanted.reply_to_id;
  const bool in_time = post.created_at >= wanted.not_before - kClockSkewMax;
  // A link to a post of X in a text makes a quote, too.
  const bool same_quote = wanted.quoted_id.empty() || post.quoted_id == wanted.quoted_id;
  const bool same_forms = same_quote && post.has_poll == wanted.has_poll;
  const bool same = text == Match::kYes && same_reply && same_forms && post.media_count == wanted.media_count && in_time;
  return same ? Match::kYes : Match::kMaybe;
}

platform::LookupOutcome Judge(const std::vector<PostView>& posts, const Wanted& wanted) {
  using Kind = platform::LookupOutcome::Kind;
  platform::LookupOutcome out;
  std::set<std::string> certain, doubtful;
  for (const PostView& post : posts) {
    const Match match = MatchPost(post, wanted);
    if (match == Match::kYes) certain.insert(post.id);
    if (match == Match::kMaybe) doubtful.insert(post.id);
  }
  if (certain.size() == 1 && doubtful.empty()) {
    out.kind = Kind::kFound;
    out.remote_id = *certain.begin();
    out.remote_url = PostUrl(out.remote_id);
    return out;
  }
  out.kind = certain.empty() && doubtful.empty() ? Kind::kAbsent : Kind::kAmbiguous;
  if (out.kind == Kind::kAmbiguous) {
    out.error = fmt::format("{} posts of the account match exactly and {} nearly: which one is it?",
                            certain.size(), doubtful.size());
  }
  return out;
}

}  // namespace carillon::x
