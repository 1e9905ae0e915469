"""The causes a diagnosis can name: what each means, how sure it is, and what to do. Pure.

The words and confidences of the network causes are those of troubleshooting.md, part G.3.
"""

from dataclasses import dataclass

from licet.doctor.diagnosis import Confidence

HIGH, MEDIUM, LOW = Confidence.HIGH, Confidence.MEDIUM, Confidence.LOW


@dataclass(frozen=True, slots=True)
class Cause:
    """One cause in an installer's words; ``knowledge`` are the known cases (TS-xx) that tell more."""

    title: str
    confidence: Confidence
    remedy: str
    knowledge: tuple[str, ...] = ()


CAUSES: dict[str, Cause] = {
    "healthy": Cause("Nothing that was looked at is wrong.", HIGH, "If it still fails, look again from the network where it fails."),
    "nothing_tried": Cause("Nothing could be tried, so it cannot be told.", LOW, "Read in the steps why each was left out."),
    "clock_wrong": Cause(
        "A clock is wrong, so certificates and tokens are taken for expired or not yet valid.", HIGH,
        "Set the clock of the machine named in the step, turn on NTP, then look again.",
    ),
    "no_route": Cause(
        "This machine has no way to that network.", HIGH,
        "Check that the network cable or Wi-Fi is up, and that address, mask and gateway are set on this machine.",
    ),
    "local_firewall": Cause(
        "A firewall on this machine itself forbids the connection.", HIGH,
        "Allow the outgoing connection in this machine's firewall or security software.",
    ),
    "dns_name_unknown": Cause(
        "The name does not exist for the resolvers that were asked.", HIGH,
        "Check the spelling. If the name is right, ask whoever runs the DNS whether it is filtered.", ("TS-10",),
    ),
    "dns_filtered": Cause(
        "One DNS resolver denies the name and another one knows it: it is filtered or kept apart.", HIGH,
        "Ask whoever runs the denying resolver to allow the name, also for the camera network.", ("TS-10",),
    ),
    "dns_disagree": Cause(
        "DNS resolvers give different addresses for the name: split DNS or filtering.", MEDIUM,
        "Compare the answers in the step; have the camera network use the resolver that is right.", ("TS-10",),
    ),
    "dns_unreachable": Cause(
        "No DNS resolver answers.", HIGH,
        "Check the DNS servers that are set, and that UDP and TCP port 53 to them are open.", ("TS-10",),
    ),
    "dns_failure": Cause(
        "The DNS resolver fails on this name (SERVFAIL or refused).", HIGH,
        "Ask whoever runs the resolver; try the name at another resolver. DNSSEC trouble looks like this, too.", ("TS-10",),
    ),
    "dns_no_address": Cause(
        "The name exists but has no address.", HIGH, "Check the spelling; a name for mail only, or a wrong record, looks like this.",
    ),
    "dns_sinkhole": Cause(
        "The DNS sends the name to a dead or inside address: it is blocked there.", HIGH,
        "Ask whoever runs the DNS filter to allow the name, also for the camera network.", ("TS-10",),
    ),
    "address_not_asked": Cause(
        "The address is the machine's that Licet runs on, link-local, or no device's; nothing is sent there.", HIGH,
        "Correct the address. If something of the estate really stands there, let the operator name the address in LICET_ALSO_ASK.",
    ),
    "name_of_this_machine": Cause(
        "The name leads to the machine that Licet runs on, which is not looked at.", HIGH,
        "Check the DNS entry. If a device or server of yours stands on this machine, add it to the estate and look at it there.",
    ),
    "port_closed": Cause(
        "The host is reached, but nothing listens on this port.", HIGH,
        "Check the port number; start the service, or switch it on in the device.",
    ),
    "firewall_reject_or_host_policy": Cause(
        "The host refuses every port that was tried: a firewall rejects, or no service runs.", MEDIUM,
        "Check that the device or server is up; then ask for a firewall rule from here to this host and port.",
    ),
    "firewall_drop_port": Cause(
        "The host answers on another port, but packets to this one vanish: a firewall drops them.", HIGH,
        "Ask for a firewall rule that allows this port from here to the host.",
    ),
    "host_firewall": Cause(
        "The host is there on this segment but answers on no port: its own firewall drops.", MEDIUM,
        "Allow this machine's address in the host's own firewall or IP filter.",
    ),
    "unreachable_or_drop": Cause(
        "Nothing answers at all. It is switched off, has another address, or everything is dropped on the way; from here these look alike.", LOW,
        "Check power and cable, then the address (licet discover on its segment), then the route and the firewall.",
    ),
    "firewall_reject_icmp": Cause(
        "A router on the way says that the connection is forbidden (administratively prohibited).", HIGH,
        "Ask for a firewall rule from here to this host and port.",
    ),
    "host_unreachable": Cause(
        "A router on the way, or this machine, says that it does not reach the host.", MEDIUM,
        "Check power and cable of the host, then the route to its network.",
    ),
    "tls_intercepted": Cause(
        "Something between here and the host reads the encrypted connection (proxy or antivirus): the certificate comes from a private authority.", HIGH,
        "Exempt this host, and the camera network, from TLS inspection: devices do not carry the private root.", ("TS-10",),
    ),
    "tls_untrusted": Cause(
        "The certificate of the host comes from an authority that is not known here.", MEDIUM,
        "If the host is your own, install its authority here; if it is not, ask who inspects TLS on the way.",
    ),
    "tls_sni_filtered": Cause(
        "The encrypted connection is cut for this name only: a filter looks at the name.", MEDIUM,
        "Ask whoever runs the firewall to allow this name.", ("TS-10",),
    ),
    "tls_wrong_name": Cause(
        "The certificate is for another name: another host answers, or a block page.", MEDIUM,
        "Check the address; if it is right, ask what stands between here and the host.",
    ),
    "tls_expired": Cause(
        "The certificate of the host has expired or is not valid yet, and the clocks agree.", HIGH,
        "Have the host's owner renew its certificate.",
    ),
    "tls_outdated": Cause(
        "The host offers only outdated encryption, or a policy here forbids what it offers.", HIGH,
        "Update the firmware; else allow outdated encryption for this device alone.",
    ),
    "tls_not_spoken": Cause(
        "The port is open but does not speak TLS.", HIGH, "Use http instead of https, or the right port.",
    ),
    "tls_broken": Cause(
        "The encrypted connection breaks while it is set up.", LOW, "Look again from another network; compare the two.",
    ),
    "proxy_auth_required": Cause(
        "A proxy wants a user name and password. Devices usually cannot give one.", HIGH,
        "Let the host, and the camera network, pass the proxy without a sign-in.", ("TS-10",),
    ),
    "proxy_refuses": Cause(
        "The proxy refuses to connect to the host.", HIGH, "Ask whoever runs the proxy to allow this host and port.",
    ),
    "captive_or_block_page": Cause(
        "A web page answers where the service should: a sign-in or block page stands in between.", HIGH,
        "Sign in to the network, or ask whoever runs the filter to allow this host.", ("TS-10",),
    ),
    "service_level_error": Cause(
        "The network is fine: the service itself answers with an error.", HIGH,
        "Read the code in the step and the known case; this is about the account or the service, not the network.", ("TS-15", "TS-16", "TS-18"),
    ),
    "http_silent": Cause(
        "The connection opens, but no answer comes.", MEDIUM,
        "Restart the device at a quiet moment; check that the port is the web port and nothing in between holds answers back.",
    ),
    "http_error": Cause("The service answers with an error of its own.", MEDIUM, "Read the status in the step; look at the host's own log."),
    "not_activated": Cause(
        "The device was never activated: anybody on its network can take it.", HIGH,
        "Set its administrator password now (SADP tool or its web page), then store it here.", ("TS-01",),
    ),
    "password_refused": Cause(
        "The device refuses the stored password.", HIGH,
        "Find out the right one, enter it once (licet credential replace). It is not tried again until then.", ("TS-03",),
    ),
    "password_refused_before": Cause(
        "The device refused the stored password before, so it was not tried now.", HIGH,
        "Enter the right password (licet credential replace); each wrong try brings the lock nearer.", ("TS-03",),
    ),
    "device_locked": Cause(
        "The device has locked the account or this address after wrong passwords.", HIGH,
        "Wait until the lock ends; find what keeps trying an old password (recorder, VMS, script), then try once.", ("TS-03",),
    ),
    "missing_right": Cause(
        "The sign-in is right, but the account lacks rights.", HIGH,
        "Give the account the rights that the step names, or use one that has them.", ("TS-04",),
    ),
    "session_limit": Cause(
        "The device is busy: too many sessions or requests.", MEDIUM, "Close sessions, slow the polling of other systems down.", ("TS-05",),
    ),
    "sign_in_not_allowed": Cause(
        "The device is reached, but a rule here forbids sending the password.", HIGH,
        "Read the rule in the step. Update the firmware, or make the exception for this one device.",
    ),
    "certificate_changed": Cause(
        "The device shows another certificate than the one that was confirmed.", HIGH,
        "Find out whether it was reset or replaced; confirm the new certificate only then.",
    ),
    "device_unreadable": Cause(
        "Something answers, but not as a Hikvision device does.", MEDIUM,
        "Check address and port: another device may have taken the address.",
    ),
    "device_clock_wrong": Cause(
        "The clock of the device is wrong: recordings, tokens and certificates go wrong with it.", HIGH,
        "Set NTP and the time zone in the device.", ("TS-10",),
    ),
    "cloud_enabled_but_offline": Cause(
        "Hik-Connect is switched on in the device, but the device is not registered there.", MEDIUM,
        "Check in the device: gateway, DNS server, firmware; then the firewall for the camera network. Look with --cloud to compare.",
        ("TS-10", "TS-11"),
    ),
    "camera_network_filtered": Cause(
        "The cloud is reached from here but not by the device: the camera network is filtered, or the device's DNS or gateway is wrong.", HIGH,
        "Check gateway and DNS in the device; then allow the cloud host for the camera network.", ("TS-10",),
    ),
    "site_network_filtered": Cause(
        "Neither the device nor this machine reaches the cloud.", MEDIUM, "Mend what the cloud steps name first.", ("TS-10",),
    ),
    "server_only_filtered": Cause(
        "The device is online in the cloud; only this machine does not reach it.", HIGH,
        "Nothing is wrong with the device. Allow the host for this machine if Licet is to ask the cloud.",
    ),
    "cloud_bound_elsewhere": Cause(
        "The device is bound to a cloud account that is not in the list here.", MEDIUM,
        "Ask the installer and former owners; have it transferred, or have the installer ask for the unbinding with proof of purchase.",
        ("TS-12", "TS-21"),
    ),
    "unknown_uplink": Cause(
        "The device also calls home to an ISUP server.", MEDIUM,
        "Ask whose server it is; switch ISUP off in the device if nobody knows.", ("TS-25",),
    ),
    "storage_fault": Cause(
        "A disk is not in order: recordings may be missing.", HIGH, "Look at the disk in the recorder's storage page; replace it if it fails.",
    ),
    "not_licensed": Cause(
        "The way is fine, but a right is missing, expired or used up.", HIGH, "Do what the licence step names.", ("TS-39", "TS-42"),
    ),
    "over_capacity": Cause(
        "More is used than was bought.", HIGH, "See: licet position. Buy what is missing, or take devices out.", ("TS-42",),
    ),
    "licence_unknown": Cause(
        "Whether it is licensed cannot be told: evidence is missing or old.", MEDIUM, "Sweep again, or enter what was bought.",
    ),
    "connection_failed_before": Cause(
        "The software or cloud account did not answer as it should when it was last asked.", MEDIUM, "Do what its own message says.", ("TS-17", "TS-32"),
    ),
    "key_look_alike": Cause(
        "The key has signs that are easily confused.", MEDIUM, "If it is refused, compare the named places with the document.", ("TS-46",),
    ),
    "key_suspect": Cause(
        "The key has signs that belong to no key, or has not the shape that is set for its product.", MEDIUM,
        "Compare the named places with the document; type it anew from there.", ("TS-46",),
    ),
    "key_known_already": Cause(
        "The same key is stored already: it may be in use elsewhere.", HIGH, "Look at the licence that the step names before you activate.", ("TS-46",),
    ),
    "no_key": Cause("There is no key in that text.", HIGH, "Give the key alone.", ("TS-46",)),
    "same_cause_at_many": Cause(
        "Many devices of the site fail in the same way: look at the network or the account, not at each device.", MEDIUM,
        "Start with what the step names; look at one of the devices by itself to see more.", ("TS-11",),
    ),
    "some_devices_fail": Cause(
        "Single devices of the site fail, each by itself.", MEDIUM, "Look at each device that the steps name.",
    ),
    "not_seen_for_long": Cause(
        "What is known is old: no sweep has reached it lately.", MEDIUM, "Run licet sweep, and see that it runs by itself.", ("TS-19",),
    ),
    "doctor_fault": Cause("A step failed by a fault of Licet's own.", LOW, "Report it with the support bundle."),
}  # fmt: skip


def cause(word: str) -> Cause:
    """The cause of this word. Raises ``KeyError`` for a word that is none."""
    return CAUSES[word]
