//! Whose program is at the other end of a connection within this machine, as Linux tells it.

use std::net::SocketAddr;

/// Whether another user's program has this connection to us. False where that cannot be told: then the cookie alone
/// decides.
pub(super) fn is_of_another_user(client: SocketAddr, server: SocketAddr) -> bool {
    let tables = ["/proc/net/tcp", "/proc/net/tcp6"];
    let owner = tables.iter().find_map(|path| owner_of(&std::fs::read_to_string(path).ok()?, client, server));
    // Root may do as it likes in any case.
    owner.is_some_and(|uid| uid != 0 && uid != nix::unistd::Uid::effective().as_raw())
}

/// The user id of the socket that is `client`'s end of a connection to `server` (`proc_net_tcp` of the kernel's
/// documentation).
fn owner_of(table: &str, client: SocketAddr, server: SocketAddr) -> Option<u32> {
    let (client, server) = (Written::of(client)?, Written::of(server)?);
    table.lines().skip(1).find_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let (local, remote, uid) = (fields.get(1)?, fields.get(2)?, fields.get(7)?);
        (client.is(local) && server.is(remote)).then(|| uid.parse().ok()).flatten()
    })
}

/// An address as it stands in the table: each four bytes in the machine's own order, in IPv6 behind `::ffff:`.
struct Written {
    short: String,
    long: String,
}

impl Written {
    fn of(address: SocketAddr) -> Option<Self> {
        let SocketAddr::V4(address) = address else { return None };
        let ip = u32::from_ne_bytes(address.ip().octets());
        let short = format!("{ip:08X}:{:04X}", address.port());
        let mapped = u32::from_ne_bytes([0, 0, 0xff, 0xff]);
        Some(Self { long: format!("{:016X}{mapped:08X}{short}", 0), short })
    }

    fn is(&self, written: &str) -> bool {
        written == self.short || written == self.long
    }
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};

    use super::{is_of_another_user, owner_of};

    #[test]
    fn the_owner_of_a_connection_is_found_by_both_ends() -> Result<(), std::net::AddrParseError> {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n\
             0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 1 1 0 100 0 0 10 0\n\
             1: 0100007F:C350 0100007F:1F90 01 00000000:00000000 00:00000000 00000000  1001        0 2 1 0 20 4 30 10 -1\n\
             2: 0000000000000000FFFF00000100007F:C351 0000000000000000FFFF00000100007F:1F90 01 0:0 00:0 0 1002 0 3 1\n";
        if cfg!(target_endian = "little") {
            let server = "127.0.0.1:8080".parse()?;
            assert_eq!(owner_of(table, "127.0.0.1:50000".parse()?, server), Some(1001));
            assert_eq!(owner_of(table, "127.0.0.1:50001".parse()?, server), Some(1002));
            assert_eq!(owner_of(table, "127.0.0.1:50002".parse()?, server), None);
            assert_eq!(owner_of(table, "127.0.0.1:50000".parse()?, "127.0.0.1:8081".parse()?), None);
        }
        Ok(())
    }

    #[test]
    fn ones_own_connection_is_ones_own() -> std::io::Result<()> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let client = TcpStream::connect(listener.local_addr()?)?;
        assert!(!is_of_another_user(client.local_addr()?, listener.local_addr()?));
        #[cfg(target_os = "linux")]
        {
            let table = std::fs::read_to_string("/proc/net/tcp")?;
            let owner = owner_of(&table, client.local_addr()?, listener.local_addr()?);
            assert_eq!(owner, Some(nix::unistd::Uid::effective().as_raw()));
        }
        Ok(())
    }
}
