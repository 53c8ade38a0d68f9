// A value behind a lock: one caller at a time.
#pragma once

#include <mutex>
#include <utility>

namespace carillon::sandbox {

template <typename T>
class Guarded {
 public:
  template <typename... Arguments>
  explicit Guarded(Arguments&&... arguments) : value_(std::forward<Arguments>(arguments)...) {}

  class Access {
   public:
    Access(std::mutex* mutex, T* value) : lock_(*mutex), value_(value) {}
    T* operator->() const { return value_; }
    T& operator*() const { return *value_; }

   private:
    std::unique_lock<std::mutex> lock_;
    T* value_;
  };
  Access Lock() const { return Access(&mutex_, &value_); }

 private:
  mutable std::mutex mutex_;
  mutable T value_;
};

}  // namespace carillon::sandbox
