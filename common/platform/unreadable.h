// What others did comes in lists, and one odd entry must not hold up all that comes after it.
#pragma once

#include <string>
#include <string_view>

#include "common/base/status.h"

namespace carillon::platform {

// Of one list: the entries that could not be read, which are left out. Logged and counted (unreadable_items_total, by platform) at its end.
class Unreadable {
 public:
  explicit Unreadable(std::string_view platform) : platform_(platform) {}
  ~Unreadable();
  Unreadable(const Unreadable&) = delete;
  Unreadable& operator=(const Unreadable&) = delete;

  void Skip(const Status& why);

  // UNAVAILABLE if nothing of a list that is not empty could be read: then it is the API that has changed, and going past it would lose all.
  Status Judge(size_t read) const;

 private:
  const std::string platform_;
  Status first_;
  int count_ = 0;
};

}  // namespace carillon::platform
