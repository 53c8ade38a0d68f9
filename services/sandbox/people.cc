#include "services/sandbox/people.h"

#include <absl/time/civil_time.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace carillon::sandbox {
namespace {

constexpr std::array kNames = {"lena",  "omar", "priya", "jonas", "mei",    "sofia",
                               "kwame", "yuki", "anna",  "diego", "fatima", "noah",
                               "ines",  "ravi", "greta", "tariq", "chloe",  "pavel",
                               "amara", "luca", "hana",  "felix", "zoe",    "ivan"};
constexpr std::array kWords = {"garden", "pixel", "river",  "velvet", "north", "copper",
                               "maple",  "tide",  "ember",  "cloud",  "paper", "signal",
                               "harbor", "lark",  "quartz", "saffron"};
constexpr std::array kHosts = {"", "", "", "garden.example", "toot.example", "chorus.example"};
constexpr std::array kReplies = {"Love this!",
                                 "Is it available in Lyon as well?",
                                 "When does it ship?",
                                 "Finally 🎉",
                                 "How much is it, please?",
                                 "このデザイン、すてきですね",
                                 "Danke, genau das habe ich gesucht.",
                                 "Not convinced by the colour, honestly.",
                                 "¿Hay talla pequeña?",
                                 "Great work, team 👏",
                                 "My order has not arrived yet, can you help?",
                                 "Count me in."};
constexpr std::array kMentions = {
    "just unpacked my order, lovely wrapping", "do you still repair last year's model?",
    "your shop page does not load for me", "thank you for the quick help today",
    "will you be at the market on Saturday?"};
constexpr std::array kPastPosts = {
    "A look behind the scenes of this week's studio work. #makers",
    "New in the shop: small batch, made to last. https://shop.example/new",
    "What are you reading this weekend? 📚",
    "Three ways to style the linen jacket. #slowfashion",
    "Our repair café is open until six today.",
    "Thank you for 1,000 orders! 🎉",
    "Nachschub ist da: die Becher in Salbei. #keramik",
    "秋の新作が入荷しました。https://shop.example/aki",
    "Field notes from the autumn harvest. https://journal.example/harvest",
    "Tag someone who needs a slow morning. ☕"};
constexpr std::array kZones = {"Europe/Berlin", "America/New_York",  "Asia/Tokyo",
                               "Europe/London", "America/Sao_Paulo", "Asia/Kolkata"};

template <size_t N>
const char* Pick(const std::array<const char*, N>& from, Random* random) {
  return from[random->Below(static_cast<int>(N))];
}

double Bump(double hour, double at, double width) {
  double distance = std::abs(hour - at);
  distance = std::min(distance, 24 - distance);
  return std::exp(-distance * distance / (2 * width * width));
}

// A whole number around `mean`, never negative, by rounding at random.
int Draw(Random* random, double mean) {
  const double value = std::max(0.0, mean);
  return static_cast<int>(value) + (random->Unit() < value - std::floor(value) ? 1 : 0);
}

}  // namespace

Person SyntheticUser(uint64_t seed, int number) {
  Random random(HashWords(seed, {"user", std::to_string(number)}));
  const std::string name = Pick(kNames, &random), word = Pick(kWords, &random);
  Person person;
  person.username = fmt::format("{}_{}{}", name, word, number);
  person.display_name =
      fmt::format("{}{} {}", static_cast<char>(name[0] - 'a' + 'A'), name.substr(1), word);
  person.host = Pick(kHosts, &random);
  person.created_at =
      absl::FromUnixSeconds(1'500'000'000 + static_cast<int64_t>(random.Below(200'000'000)));
  return person;
}

int SyntheticNumber(uint64_t seed, const std::string& username) {
  const size_t digits = username.find_last_not_of("0123456789") + 1;
  if (digits == 0 || digits >= username.size() || username.size() - digits > 5) return -1;
  const int number = std::stoi(username.substr(digits));
  if (number >= kSyntheticUsers || SyntheticUser(seed, number).username != username) return -1;
  return number;
}

std::string SyntheticText(Random* random, bool is_reply) {
  return is_reply ? Pick(kReplies, random) : Pick(kMentions, random);
}

double Rhythm::FactorAt(absl::Time time) const {
  const absl::CivilSecond local = absl::ToCivilSecond(time, zone);
  const double hour = local.hour() + local.minute() / 60.0;
  const double of_day =
      0.25 + 1.1 * Bump(hour, best_hour, 1.6) + 0.6 * Bump(hour, second_hour, 1.6);
  int distance = std::abs(static_cast<int>(absl::GetWeekday(absl::CivilDay(local))) - best_weekday);
  distance = std::min(distance, 7 - distance);
  return of_day * (1.15 - 0.1 * distance);
}

std::string ZoneOf(uint64_t seed, const std::string& username) {
  Random random(HashWords(seed, {"zone", username}));
  return Pick(kZones, &random);
}

Rhythm RhythmOf(uint64_t seed, const std::string& username, const std::string& zone) {
  Random random(HashWords(seed, {"rhythm", username}));
  Rhythm rhythm;
  if (!absl::LoadTimeZone(zone.empty() ? ZoneOf(seed, username) : zone, &rhythm.zone))
    rhythm.zone = absl::UTCTimeZone();
  rhythm.best_hour = 7 + random.Below(14);
  rhythm.second_hour = (rhythm.best_hour + 5 + random.Below(5)) % 24;
  rhythm.best_weekday = random.Below(7);
  rhythm.base = 8 + random.Below(9);
  return rhythm;
}

Engagement DrawEngagement(Random* random, double mean) {
  const double level = mean * std::exp(0.45 * random->Normal() - 0.1);
  Engagement out;
  out.favourites = Draw(random, level * 0.66);
  out.reblogs = Draw(random, level * 0.17);
  out.replies = Draw(random, level * 0.11);
  out.mentions = Draw(random, level * 0.02);
  out.follows = Draw(random, level * 0.04);
  return out;
}

std::vector<PastPost> MakeHistory(uint64_t seed, const std::string& username, const Rhythm& rhythm,
                                  absl::Time now, int weeks) {
  Random random(HashWords(seed, {"history", username}));
  std::vector<PastPost> out;
  const absl::CivilDay today(absl::ToCivilSecond(now, rhythm.zone));
  for (absl::CivilDay day = today - 7 * weeks; day <= today; ++day) {
    for (int n = 1 + random.Below(3); n > 0; --n) {
      const absl::CivilSecond local = absl::CivilSecond(day) + (6 * 3600 + random.Below(17 * 3600));
      PastPost post;
      post.created_at = absl::FromCivil(local, rhythm.zone);
      post.text = Pick(kPastPosts, &random);
      post.engagement =
          DrawEngagement(&random, rhythm.base * rhythm.FactorAt(post.created_at) * 1.6);
      if (post.created_at < now - absl::Hours(1)) out.push_back(std::move(post));
    }
  }
  std::sort(out.begin(), out.end(),
            [](const PastPost& a, const PastPost& b) { return a.created_at < b.created_at; });
  return out;
}

}  // namespace carillon::sandbox
