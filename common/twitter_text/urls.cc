#include "common/twitter_text/urls.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "common/text/code_points.h"
#include "common/text/utf8.h"
#include "common/twitter_text/characters.h"
#include "common/twitter_text/host.h"
#include "common/twitter_text/url_tail.h"

namespace carillon::twitter_text {
namespace {

using text::CodePoints;
using text::TextRange;

constexpr size_t kUrlMax = 4096;  // characters of the URL and, once more, of its scheme
constexpr std::string_view kSchemes[] = {"https://", "http://"};
constexpr std::string_view kShortener = "t.co";
constexpr size_t kShortCodeMax = 40;

bool EqualsIgnoringCase(std::string_view text, std::string_view lower) {
  return text.size() == lower.size() && std::equal(text.begin(), text.end(), lower.begin(), [](char c, char l) {
           return c == l || (l >= 'a' && l <= 'z' && (c | 0x20) == l);
         });
}

class Finder {
 public:
  Finder(std::string_view text, uint64_t* steps) : text_(text, steps) {}

  std::vector<TextRange> Find() {
    while (at_ < text_.size()) {
      if (IsHostChar(text_.At(at_))) {
        ReadRun();
      } else {
        at_ = text_.Next(at_);
      }
    }
    return std::move(found_);
  }

 private:
  static bool MayPrecede(UChar32 c) {
    return !text::IsAsciiAlnum(c) && c != '$' && !IsAtSign(c) && !IsHashSign(c) && !IsInvalid(c);
  }

  // A URL may begin at `at`, seen from what stands before it, which must not be part of the URL before. Where a text begins with a
  // letter beyond ASCII, X would rather take that for what stands before.
  bool MayBegin(size_t at) const {
    if (at > 0) return at > taken_ && MayPrecede(text_.Before(at));
    size_t next = 0;
    return !MayPrecede(text_.Read(next)) || !IsHostChar(text_.At(next));
  }

  void ReadRun() {
    size_t begin = at_;
    while (IsHostChar(text_.At(begin)) && !MayBegin(begin)) begin = text_.Next(begin);
    at_ = begin;
    if (!IsHostChar(text_.At(begin))) return;
    const size_t end = LabelEnd(text_, begin);
    const size_t scheme = SchemeBegin(begin, end);
    if (scheme != end) {
      at_ = end + 3;
      ReadWithScheme(scheme, at_);
    } else {
      ReadBare(begin);
    }
  }

  // Where "http" or "https" begins, if the label that ends at `end` does so with it and "://" follows; else `end`.
  size_t SchemeBegin(size_t begin, size_t end) const {
    if (text_.Slice(end, std::min(end + 3, text_.size())) != "://") return end;
    for (const std::string_view scheme : kSchemes) {
      const size_t length = scheme.size() - 3;
      if (end - begin < length || !MayBegin(end - length)) continue;
      if (EqualsIgnoringCase(text_.Slice(end - length, end + 3), scheme)) return end - length;
    }
    return end;
  }

  HostRun::Match HostAt(size_t at) {
    if (run_) {
      if (const auto match = run_->MatchAt(at)) return *match;
    }
    run_.emplace(text_, at);
    return run_->MatchAt(at).value_or(HostRun::Match{.resume = LabelEnd(text_, at)});
  }

  void ReadWithScheme(size_t begin, size_t host_begin) {
    if (!IsHostChar(text_.At(host_begin))) return;
    const HostRun::Match host = HostAt(host_begin);
    if (host.end == 0) return;
    const UrlTail tail = ReadUrlTail(text_, host.end);
    Take(tail.end);
    TextRange range{begin, tail.end};
    const std::string_view name = text_.Slice(host_begin, host.end);
    if (EqualsIgnoringCase(name, kShortener) && !CutShortLink(host.end, range)) return;
    AddIfShortEnough(range, name, host_begin - begin);
  }

  // Leaves of a t.co link its code and a query; false if the code is too long for one.
  bool CutShortLink(size_t host_end, TextRange& range) const {
    if (text_.At(host_end) != '/') return true;
    size_t end = host_end + 1;
    while (text::IsAsciiAlnum(text_.At(end))) ++end;
    if (end == host_end + 1) return true;
    if (end - host_end - 1 > kShortCodeMax) return false;
    range.end = QueryEnd(text_, end);
    return true;
  }

  // At a host without scheme, or at none.
  void ReadBare(size_t begin) {
    const HostRun::Match host = HostAt(begin);
    if (host.end == 0) {
      at_ = host.resume;
      if (host.rejected_end > at_) Take(ReadUrlTail(text_, host.rejected_end).end);
      return;
    }
    const UrlTail tail = ReadUrlTail(text_, host.end);
    Take(tail.end);
    if (text::IsOneOf(text_.Before(begin), "-_./")) return;
    AddLatinHosts(begin, host.end, tail);
  }

  // The parts of a host that are ASCII and Latin letters up to a top-level domain. The last has the path, if there is one.
  void AddLatinHosts(size_t begin, size_t end, const UrlTail& tail) {
    std::vector<TextRange> hosts;
    for (size_t at = begin; at < end;) {
      const size_t resume = ReadLatinHost(at, end, hosts);
      at = resume > at ? resume : text_.Next(at);
    }
    for (const TextRange& host : hosts) {
      const bool last = host == hosts.back();
      AddIfShortEnough({host.begin, last && tail.has_path ? tail.end : host.end}, text::Slice(text_.text(), host),
                       kSchemes[0].size());
    }
  }

  // Adds the host at `begin`, if one is there. Gives where to go on.
  size_t ReadLatinHost(size_t begin, size_t end, std::vector<TextRange>& hosts) const {
    size_t best = begin;
    for (size_t at = begin;;) {
      size_t label_end = at;
      while (label_end < end && IsLatinHostChar(text_.At(label_end))) label_end = text_.Next(label_end);
      if (label_end == at || label_end >= end || text_.At(label_end) != '.') {
        if (best == begin) return label_end;
        hosts.push_back({begin, best});
        return best;
      }
      const size_t top = TopLevelEnd(text_, text_.Slice(at, label_end), label_end + 1);
      if (top > label_end + 1 && top <= end) best = top;
      at = label_end + 1;
    }
  }

  void AddIfShortEnough(TextRange range, std::string_view host, size_t scheme) {
    const size_t ascii = AsciiLength(host);
    if (ascii == 0) return;
    const std::string_view url = text::Slice(text_.text(), range);
    const auto units = static_cast<size_t>(text::CountUtf16Units(url) - text::CountUtf16Units(host));
    if (units + ascii + scheme <= kUrlMax) found_.push_back(range);
  }

  void Take(size_t end) { at_ = taken_ = end; }

  CodePoints text_;
  std::optional<HostRun> run_;  // the last one read
  size_t at_ = 0;
  size_t taken_ = 0;  // all before belongs to URLs, kept or thrown away
  std::vector<TextRange> found_;
};

}  // namespace

std::vector<TextRange> FindUrls(std::string_view text, uint64_t* steps) {
  if (!text::IsValidUtf8(text)) return {};
  return Finder(text, steps).Find();
}

}  // namespace carillon::twitter_text
