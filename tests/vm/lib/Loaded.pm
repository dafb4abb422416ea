# SPDX-License-Identifier: GPL-2.0-only
# perl -MLoaded -c PROGRAM: prints the files that the program loads before it runs.
package Loaded;
use v5.36;
use strict;
use warnings;
use Data::Dumper (); # Test::More loads it when a test has failed
use DynaLoader ();
use File::Spec ();
use Test::More ();

# A test that would not run here must not end before it has loaded all.
BEGIN {
  no warnings qw(redefine prototype);
  *Test::More::plan = sub { };
}

CHECK {
  delete $INC{'Loaded.pm'};
  print map { File::Spec->rel2abs($_) . "\n" } values %INC, @DynaLoader::dl_shared_objects;
}

1;
