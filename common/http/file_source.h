// A stretch of a file as libcurl reads it: in libcurl's own chunks, so that memory does not know how large it is. Inside of this library.
#pragma once

#include <curl/curl.h>

#include <cstdint>
#include <memory>
#include <string>

#include "common/http/client.h"

namespace carillon::http {

class FileSource {
 public:
  // FAILED_PRECONDITION with UNREADABLE_FILE; also if the file ends before the stretch does. `name` is what the message calls it.
  static Result<std::unique_ptr<FileSource>> Open(const FileRange& range, const std::string& name);
  ~FileSource();
  FileSource(const FileSource&) = delete;
  FileSource& operator=(const FileSource&) = delete;

  int64_t size() const { return size_; }
  // It could not be read to its end: the file was cut, or the disk failed.
  bool failed() const { return failed_; }

  // libcurl's callbacks; the context is a FileSource.
  static size_t Read(char* buffer, size_t size, size_t count, void* source);
  static int Seek(void* source, curl_off_t offset, int origin);

 private:
  FileSource(int file, int64_t begin, int64_t size) : file_(file), begin_(begin), size_(size) {}

  const int file_;
  const int64_t begin_;
  const int64_t size_;
  int64_t at_ = 0;  // from begin_
  bool failed_ = false;
};

}  // namespace carillon::http
