import CreditCore
import TestSupport
import Testing

@testable import Transport

@Suite("A destination leads to anybody's address, or openly to this machine")
struct AddressTests {
  static let kinds: [(text: String, kind: IPAddress.Kind)] = [
    ("8.8.8.8", .global), ("1.1.1.1", .global), ("126.255.255.255", .global),
    ("128.0.0.0", .global), ("172.15.255.255", .global), ("172.32.0.0", .global),
    ("100.63.255.255", .global), ("100.128.0.0", .global), ("169.253.0.1", .global),
    ("223.255.255.255", .global), ("127.0.0.1", .loopback), ("127.255.255.254", .loopback),
    ("::1", .loopback), ("10.0.0.1", .privateNetwork), ("172.16.0.1", .privateNetwork),
    ("172.31.255.255", .privateNetwork), ("192.168.255.1", .privateNetwork),
    ("fc00::1", .privateNetwork), ("fdff::1", .privateNetwork), ("169.254.169.254", .linkLocal),
    ("fe80::1", .linkLocal), ("febf::1", .linkLocal), ("0.0.0.0", .special), ("0.1.2.3", .special),
    ("100.64.0.1", .special), ("100.127.255.255", .special), ("192.0.0.170", .special),
    ("192.0.2.1", .special), ("198.18.0.1", .special), ("198.51.100.7", .special),
    ("203.0.113.7", .special), ("192.88.99.1", .special), ("224.0.0.1", .special),
    ("240.0.0.1", .special), ("255.255.255.255", .special), ("::", .special),
    ("::ffff:8.8.8.8", .special), ("::ffff:127.0.0.1", .special), ("::127.0.0.1", .special),
    ("64:ff9b::808:808", .special), ("64:ff9b:1::1", .special), ("100::1", .special),
    ("2001::1", .special), ("2001:db8::1", .special), ("2002:7f00:1::", .special),
    ("3fff::1", .special), ("fec0::1", .special), ("ff02::1", .special),
    ("2606:4700::1111", .global), ("2a00:1450::1", .global), ("2001:4860::8888", .global),
  ]

  @Test("every range of addresses is known", arguments: kinds)
  func kind(text: String, kind: IPAddress.Kind) throws {
    #expect(try #require(IPAddress(text)).kind == kind)
  }

  /// None of them may reach the listener on this machine, whatever they are taken for.
  static let refused = [
    // This machine, in every form of its number.
    "https://127.0.0.1:PORT/", "https://2130706433:PORT/", "https://0x7f000001:PORT/",
    "https://017700000001:PORT/", "https://127.1:PORT/", "https://0x7f.1:PORT/",
    "https://0177.0.0.1:PORT/", "https://127.0.0.1.:PORT/", "https://127.000.000.001:PORT/",
    "https://0:PORT/", "https://0.0.0.0:PORT/", "https://[::1]:PORT/", "https://[::]:PORT/",
    "https://[0:0:0:0:0:0:0:1]:PORT/", "https://[::ffff:127.0.0.1]:PORT/",
    "https://[::ffff:7f00:1]:PORT/", "https://[::127.0.0.1]:PORT/", "https://[fe80::1%25lo]:PORT/",
    "https://localhost:PORT/", "https://LOCALHOST:PORT/", "https://localhost.:PORT/",
    "https://x.localhost:PORT/", "https://①②⑦.0.0.1:PORT/", "https://127。0。0。1:PORT/",
    // Plain text to anybody.
    "http://example.com/", "http://8.8.8.8:PORT/", "http://0.0.0.0:PORT/", "http://[::]:PORT/",
    "http://[::ffff:127.0.0.1]:PORT/", "http://127.0.0.1.example.com:PORT/",
    "http://localhost.:PORT/", "http://x.localhost:PORT/",
    // Networks that are not anybody's.
    "https://10.0.0.1/", "https://172.16.0.1/", "https://192.168.0.1/", "https://169.254.169.254/",
    "https://0xa9fea9fe/", "https://100.64.0.1/", "https://192.0.0.192/",
    "https://[fd00:ec2::254]/",
    "https://[64:ff9b::7f00:1]:PORT/", "https://[2002:7f00:1::]:PORT/", "https://224.0.0.1/",
    // Names of users, other schemes, other ports, and what readers differ in.
    "https://hooks.example.com@127.0.0.1:PORT/", "https://user:secret@example.com/",
    "https://example.com:PORT@127.0.0.1:PORT/", "https://example.com\\@127.0.0.1:PORT/",
    "https://127.0.0.1:PORT\\@example.com/", "https://127.0.0.1:PORT#@example.com/",
    "https://example.com:22/", "https://example.com:25/", "https://example.com:0/",
    "https://example.com:99999/", "ftp://127.0.0.1:PORT/", "file:///etc/passwd",
    "gopher://127.0.0.1:PORT/", "dict://127.0.0.1:PORT/", "smtp://127.0.0.1:PORT/",
    "//127.0.0.1:PORT/", "127.0.0.1:PORT", "https://", "https:///", "https:// 127.0.0.1:PORT/",
    "https://127.0.0.1:PORT\r\nHost: x/", "https://[::1", "https://%31%32%37.0.0.1:PORT/", "",
  ]

  @Test("none of many addresses in disguise reaches this machine")
  func disguises() throws {
    let server = try LoopbackServer("Servers/web-server")
    #expect(Self.refused.count >= 40)
    for form in Self.refused {
      let text = form.replacing("PORT", with: String(server.port))
      guard let fault = Self.fault(of: text) else {
        Issue.record("\(text) was answered")
        continue
      }
      #expect(
        [.badAddress, .refusedAddress, .unresolved, .timedOut].contains(fault.kind),
        "\(text): \(fault) (\(fault.kind))"
      )
      #expect(!fault.description.contains("secret"))
    }
    #expect(try hits(server) == "[]")
  }

  static func fault(of text: String) -> TransportFault? {
    do throws(TransportFault) {
      let address = try WebAddress(text)
      var request = HTTPRequest(.get, address, policy: try address.destinationPolicy())
      request.milliseconds = 2_000
      _ = try Connection().send(request)
      return nil
    } catch {
      return error
    }
  }

  @Test("a name that leads to this machine is refused when it is connected to")
  func rebinding() throws {
    let server = try LoopbackServer("Servers/web-server")
    let address = try WebAddress("https://hooks.example.com:\(server.port)/echo/")
    for target in ["127.0.0.1", "[::1]", "10.1.2.3", "169.254.169.254", "[::ffff:127.0.0.1]"] {
      let connection = try Connection()
      connection.resolved = ["hooks.example.com:\(server.port):\(target)"]
      #expect { _ = try connection.send(.init(.get, address, policy: .publicOnly)) } throws: {
        ($0 as? TransportFault)?.kind == .refusedAddress
      }
    }
    // One address of several is enough to refuse the name, wherever it stands.
    for targets in ["127.0.0.1,192.0.2.1", "192.0.2.1,127.0.0.1"] {
      let connection = try Connection()
      connection.resolved = ["hooks.example.com:\(server.port):\(targets)"]
      #expect { _ = try connection.send(.init(.get, address, policy: .publicOnly)) } throws: {
        ($0 as? TransportFault)?.kind == .refusedAddress
      }
    }
    #expect(try hits(server) == "[]")
  }

  @Test("a destination's redirect to the keys of a machine is not followed")
  func metadata() throws {
    let server = try LoopbackServer("Servers/web-server")
    let address = try WebAddress(server.origin + "/to/x?http://169.254.169.254/latest/")
    let policy = try address.destinationPolicy()
    #expect(try Connection().send(.init(.get, address, policy: policy)).status == 302)
  }

  @Test(
    "an address that openly names this machine is allowed by http",
    arguments: ["127.0.0.1", "localhost", "127.1"]
  )
  func loopback(host: String) throws {
    let server = try LoopbackServer("Servers/web-server")
    let address = try WebAddress("http://\(host):\(server.port)/echo/")
    let request = HTTPRequest(.get, address, policy: try address.destinationPolicy())
    #expect(try Connection().send(request).status == 200)
    #expect(try hits(server) == #"["/echo/"]"#)
  }

  @Test("an address prints as its origin")
  func printing() throws {
    let texts = [
      "https://Hooks.Example.com/services/T0/key?token=1#x": "https://hooks.example.com",
      "https://example.com:443": "https://example.com",
      "http://localhost:9093/x": "http://localhost:9093",
      "https://[::1]:8443/": "https://[::1]:8443",
    ]
    for (text, origin) in texts { #expect(try WebAddress(text).description == origin) }
  }

  func hits(_ server: LoopbackServer) throws -> String {
    let address = try WebAddress(server.origin + "/hits")
    let response = try Connection().send(.init(.get, address, policy: .loopbackOnly))
    return String(decoding: response.body, as: UTF8.self)
  }
}
