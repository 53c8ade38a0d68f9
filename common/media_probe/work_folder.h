// A folder for one piece of work, gone with it. Its owner holds a lock on it for life, so that what a killed process left is known.
#pragma once

#include <memory>
#include <string>

#include "common/base/status.h"

namespace carillon::media_probe {

class WorkFolder {
 public:
  // In `root`, which is made if it is missing. Removes what dead owners left there.
  static Result<std::unique_ptr<WorkFolder>> Create(const std::string& root);
  ~WorkFolder();
  WorkFolder(const WorkFolder&) = delete;
  WorkFolder& operator=(const WorkFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  WorkFolder(std::string path, int lock) : path_(std::move(path)), lock_(lock) {}
  const std::string path_;
  const int lock_;
};

}  // namespace carillon::media_probe
