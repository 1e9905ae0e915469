"""Finds devices on the network segment by SADP, and adds them where asked. Sends nothing but the inquiry."""
