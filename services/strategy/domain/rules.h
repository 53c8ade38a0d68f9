// What a plan's values must be like. Each returns OK or INVALID_ARGUMENT with its reason. Pure.
#pragma once

#include <google/protobuf/repeated_field.h>

#include <string>
#include <string_view>

#include "carillon/common/v1/money.pb.h"
#include "carillon/strategy/v1/strategy.pb.h"
#include "common/base/status.h"

namespace carillon::strategy {

inline constexpr int kNameSizeMax = 100;           // code points
inline constexpr int kDescriptionSizeMax = 2'000;  // code points
inline constexpr int kListSizeMax = 100;  // languages, countries or interests of an audience
inline constexpr int64_t kTargetMax = 1'000'000'000'000;
inline constexpr int64_t kMoneyMicrosMax = 1'000'000'000'000'000'000;  // a million million units

using Texts = google::protobuf::RepeatedPtrField<std::string>;

// BAD_NAME: 1 to kNameSizeMax code points, no control characters, no space at either end.
Status CheckName(std::string_view name);
Status CheckDescription(std::string_view description);
// BAD_DATE: YYYY-MM-DD, a day that exists, 2000 to 2199.
Status CheckDate(std::string_view field, std::string_view date);
// BAD_DATE also if the end is before the start.
Status CheckDates(std::string_view start, std::string_view end);
// BAD_MONEY: not negative, at most kMoneyMicrosMax, a currency of three capital letters.
Status CheckMoney(const common::v1::Money& money);
// BAD_TARGET: 1 to kTargetMax.
Status CheckTarget(int64_t target);
// BAD_METRIC: one that this version knows.
Status CheckMetric(v1::Metric metric);
// BAD_AUDIENCE: shapes of BCP 47 and ISO 3166-1 alpha-2, sizes, no repeats.
Status CheckAudience(const Texts& languages, const Texts& countries, const Texts& interests);

}  // namespace carillon::strategy
