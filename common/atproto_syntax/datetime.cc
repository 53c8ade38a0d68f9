#include "common/atproto_syntax/datetime.h"

#include <absl/time/civil_time.h>

#include <cstddef>
#include <cstdint>

namespace carillon::atproto_syntax {
namespace {

constexpr size_t kLengthMax = 64;
constexpr int kYearMin = 10;
constexpr int kNanosecondDigits = 9;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Takes the text apart from its front; once something is not there, nothing more is.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  bool good() const { return good_; }
  bool done() const { return good_ && rest_.empty(); }
  char peek() const { return rest_.empty() ? '\0' : rest_.front(); }

  void Literal(char c) {
    good_ = good_ && peek() == c;
    Skip();
  }
  // Of just so many digits, and no more than `max`.
  int Number(int digits, int max) {
    int value = 0;
    for (int i = 0; i < digits; ++i) {
      good_ = good_ && IsDigit(peek());
      value = value * 10 + (peek() - '0');
      Skip();
    }
    good_ = good_ && value <= max;
    return good_ ? value : 0;
  }
  // At least one digit after a point, as nanoseconds.
  int64_t Fraction() {
    Literal('.');
    good_ = good_ && IsDigit(peek());
    int64_t nanoseconds = 0;
    int digits = 0;
    for (; good_ && IsDigit(peek()); Skip()) {
      if (digits++ < kNanosecondDigits) nanoseconds = nanoseconds * 10 + (peek() - '0');
    }
    for (; digits < kNanosecondDigits; ++digits) nanoseconds *= 10;
    return nanoseconds;
  }

 private:
  void Skip() {
    if (good_ && !rest_.empty()) rest_.remove_prefix(1);
  }

  std::string_view rest_;
  bool good_ = true;
};

// "Z", "+01:45" or "-07:00", but not "-00:00": how far ahead of UTC.
absl::Duration ReadZone(Reader& reader, bool& negative_zero) {
  const char sign = reader.peek();
  if (sign == 'Z' || (sign != '+' && sign != '-')) {
    reader.Literal('Z');
    return absl::ZeroDuration();
  }
  reader.Literal(sign);
  const int hours = reader.Number(2, 23);
  reader.Literal(':');
  const int minutes = reader.Number(2, 59);
  negative_zero = sign == '-' && hours == 0 && minutes == 0;
  const absl::Duration ahead = absl::Hours(hours) + absl::Minutes(minutes);
  return sign == '-' ? -ahead : ahead;
}

}  // namespace

std::optional<absl::Time> ParseDatetime(std::string_view text) {
  if (text.size() > kLengthMax) return std::nullopt;
  Reader reader(text);
  const int year = reader.Number(4, 9999);
  reader.Literal('-');
  const int month = reader.Number(2, 12);
  reader.Literal('-');
  const int day = reader.Number(2, 31);
  reader.Literal('T');
  const int hour = reader.Number(2, 23);
  reader.Literal(':');
  const int minute = reader.Number(2, 59);
  reader.Literal(':');
  const int second = reader.Number(2, 59);
  const int64_t nanoseconds = reader.peek() == '.' ? reader.Fraction() : 0;
  bool negative_zero = false;
  const absl::Duration ahead = ReadZone(reader, negative_zero);
  if (!reader.done() || negative_zero || year < kYearMin) return std::nullopt;
  const absl::CivilSecond civil(year, month, day, hour, minute, second);
  if (civil.month() != month || civil.day() != day) return std::nullopt;  // it was carried over: there is no such day
  return absl::FromCivil(civil, absl::UTCTimeZone()) + absl::Nanoseconds(nanoseconds) - ahead;
}

}  // namespace carillon::atproto_syntax
