#include "services/strategy/domain/rules.h"

#include <absl/time/civil_time.h>

#include <set>

namespace carillon::strategy {
namespace {

Status Bad(std::string_view reason, std::string_view field, std::string_view message) {
  return Refuse(Code::kInvalidArgument, reason, message, {{"field", std::string(field)}});
}

// Protobuf has checked that it is UTF-8.
int CodePoints(std::string_view text) {
  return static_cast<int>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

bool HasControl(std::string_view text, bool lines_allowed) {
  return std::any_of(text.begin(), text.end(), [&](char c) {
    if (lines_allowed && (c == '\n' || c == '\t')) return false;
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
  });
}

bool AllOf(std::string_view text, bool (*good)(char)) {
  return std::all_of(text.begin(), text.end(), good);
}
bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsAlnum(char c) { return IsUpper(c) || (c >= 'a' && c <= 'z') || IsDigit(c); }

// The shape of RFC 5646: subtags of 1 to 8 letters and digits with '-' between, the first of 2 to 8.
bool IsLanguageTag(std::string_view tag) {
  if (tag.size() > 35) return false;
  bool first = true;
  while (true) {
    const size_t dash = tag.find('-');
    const std::string_view subtag = tag.substr(0, dash);
    if (subtag.size() < (first ? 2u : 1u) || subtag.size() > 8 || !AllOf(subtag, IsAlnum))
      return false;
    if (first && AllOf(subtag, IsDigit)) return false;
    if (dash == std::string_view::npos) return true;
    tag.remove_prefix(dash + 1);
    first = false;
  }
}

bool IsCountry(std::string_view code) { return code.size() == 2 && AllOf(code, IsUpper); }

bool IsInterest(std::string_view text) {
  return !text.empty() && CodePoints(text) <= kNameSizeMax && !HasControl(text, false);
}

Status CheckList(std::string_view field, const Texts& list, bool (*good)(std::string_view),
                 std::string_view shape) {
  if (list.size() > kListSizeMax) {
    return Bad(
        "BAD_AUDIENCE", field,
        fmt::format("{} has {} entries; at most {} are allowed", field, list.size(), kListSizeMax));
  }
  std::set<std::string_view> seen;
  for (const auto& text : list) {
    if (!good(text)) {
      return Bad("BAD_AUDIENCE", field, fmt::format("{}: '{}' is not {}", field, text, shape));
    }
    if (!seen.insert(text).second) {
      return Bad("BAD_AUDIENCE", field, fmt::format("{}: '{}' is there twice", field, text));
    }
  }
  return Ok();
}

}  // namespace

Status CheckName(std::string_view name) {
  const int size = CodePoints(name);
  if (size < 1 || size > kNameSizeMax) {
    return Bad("BAD_NAME", "name",
               fmt::format("a name has 1 to {} characters, not {}", kNameSizeMax, size));
  }
  if (HasControl(name, false)) return Bad("BAD_NAME", "name", "a name has no control characters");
  if (name.front() == ' ' || name.back() == ' ') {
    return Bad("BAD_NAME", "name", "a name neither begins nor ends with a space");
  }
  return Ok();
}

Status CheckDescription(std::string_view description) {
  if (CodePoints(description) > kDescriptionSizeMax || HasControl(description, true)) {
    return Bad("BAD_AUDIENCE", "description",
               fmt::format("a description has at most {} characters and no control characters but "
                           "line breaks",
                           kDescriptionSizeMax));
  }
  return Ok();
}

Status CheckDate(std::string_view field, std::string_view date) {
  const auto bad = [&] {
    return Bad(
        "BAD_DATE", field,
        fmt::format("{}: '{}' is not a day; write YYYY-MM-DD, like 2026-11-23", field, date));
  };
  if (date.size() != 10 || date[4] != '-' || date[7] != '-') return bad();
  for (size_t i : {0, 1, 2, 3, 5, 6, 8, 9}) {
    if (!IsDigit(date[i])) return bad();
  }
  const int year = std::stoi(std::string(date.substr(0, 4)));
  const int month = std::stoi(std::string(date.substr(5, 2)));
  const int day = std::stoi(std::string(date.substr(8, 2)));
  const absl::CivilDay civil(year, month, day);
  // CivilDay carries the 31st of June over into July.
  if (civil.month() != month || civil.day() != day || year < 2000 || year > 2199) return bad();
  return Ok();
}

Status CheckDates(std::string_view start, std::string_view end) {
  RETURN_IF_ERROR(CheckDate("start_date", start));
  RETURN_IF_ERROR(CheckDate("end_date", end));
  // Days of one shape sort as texts.
  if (end < start) {
    return Bad("BAD_DATE", "end_date",
               fmt::format("end_date {} is before start_date {}", end, start));
  }
  return Ok();
}

Status CheckMoney(const common::v1::Money& money) {
  if (money.currency().size() != 3 || !AllOf(money.currency(), IsUpper)) {
    return Bad(
        "BAD_MONEY", "currency",
        fmt::format("'{}' is not a currency; write its ISO 4217 code, like EUR", money.currency()));
  }
  if (money.micros() < 0 || money.micros() > kMoneyMicrosMax) {
    return Bad("BAD_MONEY", "micros",
               fmt::format("{} micros of {}: an amount is not negative and at most {} micros",
                           money.micros(), money.currency(), kMoneyMicrosMax));
  }
  return Ok();
}

Status CheckTarget(int64_t target) {
  if (target >= 1 && target <= kTargetMax) return Ok();
  return Bad("BAD_TARGET", "target",
             fmt::format("a target is 1 to {}, not {}", kTargetMax, target));
}

Status CheckMetric(v1::Metric metric) {
  if (metric != v1::METRIC_UNSPECIFIED && v1::Metric_IsValid(metric)) return Ok();
  return Bad("BAD_METRIC", "metric",
             "the goal names no metric that is known; see Metric in strategy.proto");
}

Status CheckAudience(const Texts& languages, const Texts& countries, const Texts& interests) {
  RETURN_IF_ERROR(CheckList("languages", languages, IsLanguageTag, "a BCP 47 tag, like pt-BR"));
  RETURN_IF_ERROR(CheckList("countries", countries, IsCountry, "an ISO 3166-1 code, like BR"));
  return CheckList("interests", interests, IsInterest, "a short text");
}

}  // namespace carillon::strategy
