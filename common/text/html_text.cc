#include "common/text/html_text.h"

#include <unicode/utf8.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <utility>
#include <vector>

namespace carillon::text {
namespace {

constexpr size_t kEntityBytesMax = 32;

struct NamedEntity {
  std::string_view name;
  std::string_view text;
};
constexpr NamedEntity kEntities[] = {
    {"amp", "&"},         {"lt", "<"},          {"gt", ">"},          {"quot", "\""},
    {"apos", "'"},        {"nbsp", "\u00A0"},   {"hellip", "\u2026"}, {"ndash", "\u2013"},
    {"mdash", "\u2014"},  {"lsquo", "\u2018"},  {"rsquo", "\u2019"},  {"ldquo", "\u201C"},
    {"rdquo", "\u201D"},  {"laquo", "\u00AB"},  {"raquo", "\u00BB"},  {"copy", "\u00A9"},
    {"reg", "\u00AE"},    {"trade", "\u2122"},  {"euro", "\u20AC"},   {"shy", "\u00AD"},
    {"zwj", "\u200D"},    {"zwnj", "\u200C"},   {"bull", "\u2022"},   {"middot", "\u00B7"},
};

void AppendCodePoint(uint32_t c, std::string& out) {
  if (c == 0 || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF)) c = 0xFFFD;
  uint8_t bytes[U8_MAX_LENGTH];
  int32_t size = 0;
  U8_APPEND_UNSAFE(bytes, size, c);
  out.append(reinterpret_cast<const char*>(bytes), size);
}

// Appends what the entity between "&" and ";" stands for; false if it is none.
bool AppendEntity(std::string_view name, std::string& out) {
  if (name.size() > 1 && name[0] == '#') {
    const bool hex = name[1] == 'x' || name[1] == 'X';
    const std::string_view digits = name.substr(hex ? 2 : 1);
    uint32_t value = 0;
    const char* end = digits.data() + digits.size();
    const auto parsed = std::from_chars(digits.data(), end, value, hex ? 16 : 10);
    if (parsed.ec != std::errc() || parsed.ptr != end) return false;
    AppendCodePoint(value, out);
    return true;
  }
  for (const NamedEntity& entity : kEntities) {
    if (entity.name == name) {
      out += entity.text;
      return true;
    }
  }
  return false;
}

std::string DecodeEntities(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '&') {
      const size_t end = text.substr(i, kEntityBytesMax).find(';');
      if (end != std::string_view::npos && AppendEntity(text.substr(i + 1, end - 1), out)) {
        i += end;
        continue;
      }
    }
    out += text[i];
  }
  return out;
}

bool IsSpace(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f'; }

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

struct Tag {
  std::string name;  // lower case
  bool closing = false;
  std::vector<std::pair<std::string, std::string>> attributes;

  std::string Attribute(std::string_view wanted) const {
    for (const auto& [key, value] : attributes) {
      if (key == wanted) return value;
    }
    return "";
  }
  bool HasClass(std::string_view wanted) const {
    const std::string classes = " " + Attribute("class") + " ";
    return classes.find(" " + std::string(wanted) + " ") != std::string::npos;
  }
};

// Reads attributes from the inside of a tag.
void ReadAttributes(std::string_view inside, Tag& tag) {
  size_t i = 0;
  while (i < inside.size()) {
    while (i < inside.size() && (IsSpace(inside[i]) || inside[i] == '/')) ++i;
    std::string key;
    while (i < inside.size() && !IsSpace(inside[i]) && inside[i] != '=' && inside[i] != '/') {
      key += Lower(inside[i++]);
    }
    while (i < inside.size() && IsSpace(inside[i])) ++i;
    std::string_view value;
    if (i < inside.size() && inside[i] == '=') {
      ++i;
      while (i < inside.size() && IsSpace(inside[i])) ++i;
      const char quote = i < inside.size() ? inside[i] : ' ';
      if (quote == '"' || quote == '\'') {
        const size_t end = inside.find(quote, i + 1);
        value = inside.substr(i + 1, end == std::string_view::npos ? end : end - i - 1);
        i = end == std::string_view::npos ? inside.size() : end + 1;
      } else {
        const size_t begin = i;
        while (i < inside.size() && !IsSpace(inside[i])) ++i;
        value = inside.substr(begin, i - begin);
      }
    }
    if (!key.empty()) tag.attributes.emplace_back(std::move(key), DecodeEntities(value));
  }
}

// One past the ">" that closes the tag at `begin`, minding quotes; npos if it never closes.
size_t TagEnd(std::string_view html, size_t begin) {
  char quote = 0;
  for (size_t i = begin + 1; i < html.size(); ++i) {
    const char c = html[i];
    if (quote != 0) {
      if (c == quote) quote = 0;
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '>') {
      return i + 1;
    }
  }
  return std::string_view::npos;
}

Tag ReadTag(std::string_view inside) {
  Tag tag;
  size_t i = 0;
  if (i < inside.size() && inside[i] == '/') {
    tag.closing = true;
    ++i;
  }
  while (i < inside.size() && !IsSpace(inside[i]) && inside[i] != '/') tag.name += Lower(inside[i++]);
  if (!tag.closing) ReadAttributes(inside.substr(i), tag);
  return tag;
}

bool IsParagraph(std::string_view name) {
  for (const std::string_view block : {"p", "div", "blockquote", "pre", "ul", "ol", "h1", "h2", "h3",
                                       "h4", "h5", "h6"}) {
    if (name == block) return true;
  }
  return false;
}

// Writes text in the order of the document.
class Writer {
 public:
  void Text(std::string_view raw) {
    for (const char c : DecodeEntities(raw)) Put(c);
  }

  void Apply(const Tag& tag) {
    if (tag.name == "br") {
      if (!tag.closing) Line();
    } else if (tag.name == "li") {
      if (!tag.closing && !out_.empty()) breaks_ = std::max(breaks_, 1);
    } else if (IsParagraph(tag.name)) {
      if (!out_.empty()) breaks_ = 2;
    } else if (tag.name == "a") {
      tag.closing ? EndLink() : BeginLink(tag);
    } else if (tag.name == "span" && !tag.closing && in_link_) {
      shortened_ = shortened_ || tag.HasClass("invisible") || tag.HasClass("ellipsis");
    }
  }

  std::string Finish() {
    EndLink();
    while (!out_.empty() && IsSpace(out_.back())) out_.pop_back();
    return std::move(out_);
  }

 private:
  void Put(char c) {
    if (c == '\n' || c == '\r' || c == '\t') c = ' ';  // in HTML a line end is a space
    if (breaks_ > 0) {
      if (c == ' ') return;  // white space between blocks
      out_.append(breaks_, '\n');
      breaks_ = 0;
    }
    out_ += c;
  }
  void Line() {
    if (breaks_ > 0) out_.append(std::exchange(breaks_, 0), '\n');
    out_ += '\n';
  }
  void BeginLink(const Tag& tag) {
    EndLink();
    in_link_ = true;
    shortened_ = false;
    href_ = tag.Attribute("href");
    if (breaks_ > 0) out_.append(std::exchange(breaks_, 0), '\n');
    link_begin_ = out_.size();
  }
  void EndLink() {
    if (in_link_ && shortened_ && !href_.empty()) {
      out_.resize(link_begin_);
      out_ += href_;
    }
    in_link_ = false;
  }

  std::string out_;
  int breaks_ = 0;  // line ends owed before the next text
  bool in_link_ = false;
  bool shortened_ = false;
  std::string href_;
  size_t link_begin_ = 0;
};

// Where the content that is not text and begins with `tag` ends; `begin` for a tag with text in it.
size_t SkipRawContent(std::string_view html, const Tag& tag, size_t begin) {
  if (tag.closing || (tag.name != "script" && tag.name != "style")) return begin;
  const size_t end = html.find("</" + tag.name, begin);
  return end == std::string_view::npos ? html.size() : end;
}

}  // namespace

std::string HtmlToText(std::string_view html) {
  Writer writer;
  size_t at = 0;
  while (at < html.size()) {
    const size_t open = html.find('<', at);
    writer.Text(html.substr(at, open == std::string_view::npos ? open : open - at));
    if (open == std::string_view::npos) break;
    if (html.substr(open, 4) == "<!--") {
      const size_t end = html.find("-->", open + 4);
      at = end == std::string_view::npos ? html.size() : end + 3;
      continue;
    }
    const char next = open + 1 < html.size() ? Lower(html[open + 1]) : ' ';
    const bool is_tag = (next >= 'a' && next <= 'z') || next == '/' || next == '!';
    const size_t end = is_tag ? TagEnd(html, open) : std::string_view::npos;
    if (end == std::string_view::npos) {
      // A tag that never closes: all of the rest is text, which also keeps this linear.
      writer.Text(is_tag ? html.substr(open) : "<");
      at = is_tag ? html.size() : open + 1;
      continue;
    }
    const Tag tag = ReadTag(html.substr(open + 1, end - open - 2));
    writer.Apply(tag);
    at = SkipRawContent(html, tag, end);
  }
  return writer.Finish();
}

}  // namespace carillon::text
