// Synthetic people, and when whose followers are awake. All of it follows from the seed. Pure.
#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <string>
#include <vector>

#include "services/sandbox/random.h"

namespace carillon::sandbox {

inline constexpr int kSyntheticUsers = 4096;  // a power of two

struct Person {
  std::string username;  // ends in the person's number
  std::string display_name;
  std::string host;  // "" for one of this server
  absl::Time created_at;
};
inline constexpr char kPersonNote[] = "A synthetic user of the Carillon sandbox.";

// The user of a number below kSyntheticUsers.
Person SyntheticUser(uint64_t seed, int number);
// The number at the end of such a username; -1 if it is none.
int SyntheticNumber(uint64_t seed, const std::string& username);
// What such a user writes. `is_reply`: under a post, else on their own accord.
std::string SyntheticText(Random* random, bool is_reply);

// When an account's followers react: two good hours, better and worse weekdays, in the account's zone.
struct Rhythm {
  absl::TimeZone zone;
  int best_hour = 0, second_hour = 0, best_weekday = 0;  // weekday: 0 is Monday
  double base = 10;  // mean engagements of an ordinary post at a good hour

  // About 0.2 at a bad moment to 1.7 at the best.
  double FactorAt(absl::Time time) const;
};
// `zone` is an IANA name; an empty one is chosen by the seed.
Rhythm RhythmOf(uint64_t seed, const std::string& username, const std::string& zone);
std::string ZoneOf(uint64_t seed, const std::string& username);

// How much one post gets.
struct Engagement {
  int favourites = 0, reblogs = 0, replies = 0, mentions = 0, follows = 0;
};
Engagement DrawEngagement(Random* random, double mean);

struct PastPost {
  absl::Time created_at;
  std::string text;
  Engagement engagement;
};
// The posts of `weeks` weeks before `now`, oldest first.
std::vector<PastPost> MakeHistory(uint64_t seed, const std::string& username, const Rhythm& rhythm,
                                  absl::Time now, int weeks);

}  // namespace carillon::sandbox
