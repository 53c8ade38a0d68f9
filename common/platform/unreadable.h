// What others did comes in lists, and one odd entry must not hold up all that comes after it.
#pragma once

#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

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

// What `read` makes of each entry. One that it cannot read is an error of all, or where there is an `unreadable`, left out.
template <typename List, typename Read>
auto ReadEach(const List& list, Unreadable* unreadable, Read read)
    -> Result<std::vector<typename std::invoke_result_t<Read, decltype(*list.begin())>::value_type>> {
  std::vector<typename std::invoke_result_t<Read, decltype(*list.begin())>::value_type> out;
  for (const auto& entry : list) {
    auto one = read(entry);
    if (one.ok()) {
      out.push_back(*std::move(one));
    } else if (unreadable == nullptr) {
      return one.status();
    } else {
      unreadable->Skip(one.status());
    }
  }
  if (unreadable != nullptr) RETURN_IF_ERROR(unreadable->Judge(out.size()));
  return out;
}

}  // namespace carillon::platform
