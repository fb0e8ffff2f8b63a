import Glibc
import Hummingbird
import Logging

// The least that a service on Hummingbird can do: what `creditmeter serve` is set beside.

let router = Router()
router.get("/hello") { _, _ in "hello\n" }
var logger = Logger(label: "hello") { _ in SwiftLogNoOpLogHandler() }
let application = Application(
  router: router,
  configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: 0)),
  onServerRunning: { channel in
    print(channel.localAddress?.port ?? 0)
    fflush(nil)
  },
  logger: logger
)
try await application.runService()
