#include <sodium.h>

#include <iostream>

#include "services/cli/app.h"

int main(int argc, char** argv) {
  if (sodium_init() < 0) return 2;
  return carillon::cli::Run({argv + 1, argv + argc}, std::cin, std::cout, std::cerr);
}
