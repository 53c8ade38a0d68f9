#include "services/sandbox/mastodon/text.h"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>

namespace carillon::sandbox::mastodon {
namespace {

constexpr size_t kUrlDisplayCharacters = 30;

// The code point at `at` (which moves on), or before it (which moves back).
UChar32 Next(std::string_view text, size_t* at) {
  int32_t i = static_cast<int32_t>(*at);
  UChar32 c = 0;
  U8_NEXT(text.data(), i, static_cast<int32_t>(text.size()), c);
  *at = static_cast<size_t>(i);
  return c;
}
UChar32 Before(std::string_view text, size_t at) {
  int32_t i = static_cast<int32_t>(at);
  UChar32 c = 0;
  U8_PREV(text.data(), 0, i, c);
  return c;
}

bool IsWord(UChar32 c) {
  return u_isalnum(c) || c == '_' || u_charType(c) == U_NON_SPACING_MARK ||
         u_charType(c) == U_COMBINING_SPACING_MARK;
}
bool IsAsciiWord(UChar32 c) { return c < 128 && (u_isalnum(c) || c == '_'); }

// The end of the longest run of `accept`ed code points from `at`.
template <typename Accept>
size_t Run(std::string_view text, size_t at, Accept accept) {
  while (at < text.size()) {
    size_t next = at;
    if (!accept(Next(text, &next))) break;
    at = next;
  }
  return at;
}

// "example.com" from `at`: labels with a dot between, the last of two or more letters. 0 if it is none.
size_t DomainEnd(std::string_view text, size_t at) {
  size_t end = Run(text, at, [](UChar32 c) { return IsWord(c) || c == '-' || c == '.'; });
  while (end > at && (text[end - 1] == '.' || text[end - 1] == '-')) --end;
  const std::string_view host = text.substr(at, end - at);
  const size_t dot = host.rfind('.');
  if (dot == std::string_view::npos || dot == 0 || host.find("..") != std::string_view::npos)
    return 0;
  const std::string_view last = host.substr(dot + 1);
  size_t letters = 0;
  for (size_t i = 0; i < last.size(); ++letters) {
    const UChar32 c = Next(last, &i);
    if (!u_isalpha(c) && c != '-') return 0;
  }
  return letters >= 2 ? end : 0;
}

bool IsUrlPath(UChar32 c) {
  return IsWord(c) || (c < 128 && c > 0 &&
                       std::string_view("!*';:=+,.$/%#[]-_~@|&()?").find(static_cast<char>(c)) !=
                           std::string_view::npos);
}

// The path may contain much but not end in punctuation, nor with a parenthesis that it does not open.
size_t PathEnd(std::string_view text, size_t at) {
  if (at >= text.size() || std::string_view("/?#").find(text[at]) == std::string_view::npos)
    return at;
  size_t end = Run(text, at, IsUrlPath);
  while (end > at) {
    const char last = text[end - 1];
    if (last == ')') {
      const std::string_view path = text.substr(at, end - at);
      if (std::count(path.begin(), path.end(), '(') >= std::count(path.begin(), path.end(), ')'))
        break;
    } else if (std::string_view("!*';:,.$%[]~|?(@").find(last) == std::string_view::npos) {
      break;
    }
    --end;
  }
  return end;
}

std::optional<Entity> UrlAt(std::string_view text, size_t at) {
  const size_t scheme = text.substr(at).starts_with("https://")  ? 8
                        : text.substr(at).starts_with("http://") ? 7
                                                                 : 0;
  if (scheme == 0) return std::nullopt;
  if (at > 0) {
    const UChar32 before = Before(text, at);
    if (u_isalnum(before) || before == '@' || before == '$' || before == '#') return std::nullopt;
  }
  size_t end = DomainEnd(text, at + scheme);
  if (end == 0) return std::nullopt;
  if (end < text.size() && text[end] == ':') {
    const size_t port = Run(text, end + 1, [](UChar32 c) { return c >= '0' && c <= '9'; });
    if (port > end + 1) end = port;
  }
  end = PathEnd(text, end);
  return Entity{Entity::Kind::kUrl, at, end, std::string(text.substr(at, end - at))};
}

std::optional<Entity> MentionAt(std::string_view text, size_t at) {
  if (text[at] != '@') return std::nullopt;
  if (at > 0) {
    const UChar32 before = Before(text, at);
    if (IsWord(before) || before == '=' || before == '/' || before == '@') return std::nullopt;
  }
  size_t end = Run(text, at + 1, [](UChar32 c) { return IsAsciiWord(c) || c == '-' || c == '.'; });
  while (end > at + 1 && (text[end - 1] == '-' || text[end - 1] == '.')) --end;
  if (end == at + 1) return std::nullopt;
  if (end < text.size() && text[end] == '@') {
    const size_t host = DomainEnd(text, end + 1);
    if (host != 0) end = host;
  }
  return Entity{Entity::Kind::kMention, at, end, std::string(text.substr(at + 1, end - at - 1))};
}

std::optional<Entity> HashtagAt(std::string_view text, size_t at) {
  if (text[at] != '#') return std::nullopt;
  if (at > 0) {
    const UChar32 before = Before(text, at);
    if (IsWord(before) || before == '=' || before == '/' || before == ')' || before == '&')
      return std::nullopt;
  }
  bool has_letter = false;
  const size_t end = Run(text, at + 1, [&](UChar32 c) {
    const bool ok = IsWord(c) || c == 0xb7 || c == 0x30fb || c == 0x200c;
    has_letter = has_letter || (ok && !u_isdigit(c));
    return ok;
  });
  if (end == at + 1 || !has_letter) return std::nullopt;
  return Entity{Entity::Kind::kHashtag, at, end, std::string(text.substr(at + 1, end - at - 1))};
}

std::string Escape(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '"')
      out += "&quot;";
    else if (c == '\'')
      out += "&#39;";
    else
      out += c;
  }
  return out;
}

std::string RenderUrl(const std::string& url) {
  size_t prefix = url.find("://") + 3;
  if (std::string_view(url).substr(prefix).starts_with("www.")) prefix += 4;
  size_t shown = prefix;
  for (size_t characters = 0; shown < url.size() && characters < kUrlDisplayCharacters;
       ++characters)
    Next(url, &shown);
  const bool cut = shown < url.size();
  return "<a href=\"" + Escape(url) +
         "\" target=\"_blank\" rel=\"nofollow noopener\" translate=\"no\"><span "
         "class=\"invisible\">" +
         Escape(url.substr(0, prefix)) + "</span><span class=\"" + (cut ? "ellipsis" : "") + "\">" +
         Escape(url.substr(prefix, shown - prefix)) + "</span><span class=\"invisible\">" +
         Escape(url.substr(shown)) + "</span></a>";
}

// Escaped text with its line breaks: "\n" a <br />, an empty line a new paragraph.
std::string RenderText(std::string_view text) {
  std::string escaped = Escape(text), out;
  for (size_t i = 0; i < escaped.size();) {
    if (escaped[i] != '\n') {
      if (escaped[i] != '\r') out += escaped[i];
      ++i;
      continue;
    }
    size_t lines = 0;
    while (i < escaped.size() && (escaped[i] == '\n' || escaped[i] == '\r'))
      lines += escaped[i++] == '\n';
    out += lines > 1 ? "</p><p>" : "<br />";
  }
  return out;
}

}  // namespace

std::vector<Entity> FindEntities(std::string_view text) {
  std::vector<Entity> out;
  for (size_t at = 0; at < text.size();) {
    std::optional<Entity> entity;
    if (text[at] == 'h') entity = UrlAt(text, at);
    if (text[at] == '@') entity = MentionAt(text, at);
    if (text[at] == '#') entity = HashtagAt(text, at);
    if (entity) {
      at = entity->end;
      out.push_back(std::move(*entity));
    } else {
      ++at;
    }
  }
  return out;
}

std::string RenderHtml(
    std::string_view text, const std::string& base_url,
    const std::function<std::optional<std::string>(const std::string&)>& mention_url) {
  if (text.empty()) return "";
  std::string out = "<p>";
  size_t at = 0;
  for (const Entity& entity : FindEntities(text)) {
    out += RenderText(text.substr(at, entity.begin - at));
    const std::string name = Escape(entity.value);
    if (entity.kind == Entity::Kind::kUrl) {
      out += RenderUrl(entity.value);
    } else if (entity.kind == Entity::Kind::kHashtag) {
      out += "<a href=\"" + base_url + "/tags/" + name +
             "\" class=\"mention hashtag\" rel=\"tag\">#<span>" + name + "</span></a>";
    } else if (const auto url = mention_url(entity.value)) {
      out += "<span class=\"h-card\" translate=\"no\"><a href=\"" + Escape(*url) +
             "\" class=\"u-url mention\">@<span>" + name.substr(0, name.find('@')) +
             "</span></a></span>";
    } else {
      out += "@" + name;
    }
    at = entity.end;
  }
  return out + RenderText(text.substr(at)) + "</p>";
}

}  // namespace carillon::sandbox::mastodon
