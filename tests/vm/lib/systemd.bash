#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2034,SC2154 # variables shared with scripts/vm-test
#
# A guest whose first process is systemd, for suites that source this: they set suite_boot to $systemd_boot and call
# guest_systemd. Their script is run by a service, guest.service, once basic.target is reached.
#
# There are the journal, transient units by systemd-run, systemctl; but no D-Bus, no udev and no units of the system
# but targets: what a suite needs besides, it brings by systemd_units.

# systemd mounts cgroups itself.
systemd_boot="KS_INIT=/lib/systemd/systemd KS_CGROUPS=none"
systemd_programs=(/lib/systemd/systemd /lib/systemd/systemd-journald /usr/bin/journalctl /usr/bin/systemctl
  /usr/bin/systemd-cat /usr/bin/systemd-notify /usr/bin/systemd-run)
systemd_targets=(basic emergency final local-fs local-fs-pre multi-user paths poweroff reboot shutdown slices
  sockets swap sysinit timers umount)

# systemd_units UNIT...: Debian's own.
systemd_units() {
  guest_bring guest_file "${@/#//lib/systemd/system/}"
}

# The suite's script as a service. Without an id of the machine, systemd would do what is done at a first boot.
systemd_configuration() {
  local etc=$guest_root/etc
  mkdir -p "$etc/systemd/system" && echo 0123456789abcdef0123456789abcdef >"$etc/machine-id" &&
    printf 'ID=guest\nNAME=guest\n' >"$etc/os-release" || return
  cat >"$etc/systemd/system/default.target" <<'END'
[Unit]
Requires=basic.target guest.service
AllowIsolate=yes
END
  cat >"$etc/systemd/system/guest.service" <<'END'
[Unit]
DefaultDependencies=no
Requires=basic.target systemd-journald.service
After=basic.target systemd-journald.service
[Service]
EnvironmentFile=/run/guest.env
UnsetEnvironment=LANG
ExecStart=/init suite
END
}

guest_systemd() {
  local source
  guest_bring guest_program "${systemd_programs[@]}" || return
  # Since v255, services start through a program of its own.
  ! source=$(guest_find /lib/systemd/systemd-executor) ||
    guest_program "$source" /lib/systemd/systemd-executor || return
  systemd_units "${systemd_targets[@]/%/.target}" systemd-journald.service systemd-journald.socket \
    systemd-journald-dev-log.socket && systemd_configuration
}
