#include "apps/command.h"

int main(int argc, char** argv) { return brenier::apps::run(argc, argv); }
