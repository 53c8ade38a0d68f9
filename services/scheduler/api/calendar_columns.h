// The calendar's columns, and cells that hold several things. Pure.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace carillon::scheduler {

enum CalendarColumn {
  kExternalId, kBrand, kAccount, kLocalTime, kZone, kText, kLink, kMedia, kAlt, kCampaign,
  kColumnCount
};

inline constexpr std::array<std::string_view, kColumnCount> kColumnNames = {
    "external_id", "brand", "account", "local_time", "zone",
    "text",        "link",  "media",   "alt",        "campaign"};

std::string_view Trim(std::string_view text);
// "a; b" as {"a", "b"}; empty parts are dropped.
std::vector<std::string> SplitCell(std::string_view cell);
std::string JoinCell(const std::vector<std::string>& parts);

// Alt texts of `count` media. One: the whole cell.
std::vector<std::string> SplitAlts(std::string_view cell, int count);
std::string JoinAlts(const std::vector<std::string>& alts);

}  // namespace carillon::scheduler
