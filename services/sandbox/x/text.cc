#include "services/sandbox/x/text.h"

#include "common/text/utf8.h"
#include "common/twitter_text/entities.h"
#include "services/sandbox/random.h"

namespace carillon::sandbox::x {
namespace {

using nlohmann::json;
using twitter_text::Entity;

constexpr size_t kShortCharacters = 10, kDisplayCharacters = 27;

void AppendEscaped(std::string_view text, std::string* out) {
  for (const char c : text) {
    if (c == '&')
      *out += "&amp;";
    else if (c == '<')
      *out += "&lt;";
    else if (c == '>')
      *out += "&gt;";
    else
      *out += c;
  }
}

std::string Expanded(const std::string& url) {
  return url.find("://") == std::string::npos ? "http://" + url : url;
}

// Without scheme and "www.", and not too long.
std::string Display(const std::string& url) {
  std::string_view rest = url;
  if (const size_t scheme = rest.find("://"); scheme != std::string_view::npos)
    rest.remove_prefix(scheme + 3);
  if (rest.starts_with("www.")) rest.remove_prefix(4);
  const std::string_view start = text::Truncate(rest, kDisplayCharacters);
  return std::string(start) + (start.size() < rest.size() ? "…" : "");
}

class Writer {
 public:
  void Plain(std::string_view text) { AppendEscaped(text, &shown_.text); }

  // What `write` appends is an entity.
  template <typename Write>
  void Add(const char* list, json entity, Write write) {
    entity["start"] = text::CountCodePoints(shown_.text);
    write();
    entity["end"] = text::CountCodePoints(shown_.text);
    shown_.entities[list].push_back(std::move(entity));
  }
  void Url(const std::string& url) {
    const std::string expanded = Expanded(url), shortened = ShortUrl(expanded);
    Add("urls",
        {{"url", shortened}, {"expanded_url", expanded}, {"display_url", Display(expanded)}},
        [&] { shown_.text += shortened; });
  }
  bool is_empty() const { return shown_.text.empty(); }
  Shown Take() { return std::move(shown_); }

 private:
  Shown shown_ = {"", json::object()};
};

}  // namespace

Shown Show(std::string_view text, const std::vector<std::string>& attached) {
  Writer writer;
  size_t at = 0;
  for (const Entity& entity : twitter_text::FindEntities(text)) {
    writer.Plain(text.substr(at, entity.range.begin - at));
    const std::string_view whole = text::Slice(text, entity.range);
    auto plain = [&] { writer.Plain(whole); };
    switch (entity.kind) {
      case Entity::Kind::kUrl:
        writer.Url(entity.value);
        break;
      case Entity::Kind::kMention:
        writer.Add("mentions", {{"username", entity.value}}, plain);
        break;
      case Entity::Kind::kHashtag:
        writer.Add("hashtags", {{"tag", entity.value}}, plain);
        break;
      case Entity::Kind::kCashtag:
        writer.Add("cashtags", {{"tag", entity.value}}, plain);
        break;
      case Entity::Kind::kList:
        plain();
        break;
    }
    at = entity.range.end;
  }
  writer.Plain(text.substr(at));
  for (const std::string& url : attached) {
    if (!writer.is_empty()) writer.Plain(" ");
    writer.Url(url);
  }
  return writer.Take();
}

std::string ShortUrl(std::string_view url) {
  constexpr std::string_view kCharacters =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  Random random(HashWords(0, {"short", url}));
  std::string out = "https://t.co/";
  for (size_t i = 0; i < kShortCharacters; ++i)
    out += kCharacters[random.Below(static_cast<int>(kCharacters.size()))];
  return out;
}

std::vector<std::string> MentionedIn(std::string_view text) {
  std::vector<std::string> out;
  for (const Entity& entity : twitter_text::FindEntities(text)) {
    if (entity.kind == Entity::Kind::kMention) out.push_back(Lower(entity.value));
  }
  return out;
}

size_t CountCashtags(std::string_view text) {
  size_t count = 0;
  for (const Entity& entity : twitter_text::FindEntities(text))
    count += entity.kind == Entity::Kind::kCashtag;
  return count;
}

std::string Lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return out;
}

}  // namespace carillon::sandbox::x
